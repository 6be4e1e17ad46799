use axum::http::StatusCode;

use crate::testing::Desk;

/// The numbers of the first column of the sum, in hundredths: the parts, and the score.
fn sum(text: &str) -> (Vec<i64>, i64) {
    let table = text.split("<table class=\"sum\">").nth(1).unwrap();
    let table = table.split("</table>").next().unwrap();
    let (rows, total) = table.split_once("<tfoot>").unwrap();
    let numbers = |text: &str| -> Vec<i64> {
        let cells = text.split("<td class=\"number\">").skip(1);
        cells
            .map(|cell| {
                let cell = cell.trim_start_matches("<strong>");
                let cell = cell.split('<').next().unwrap();
                let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
                let size: i64 = digits.parse().unwrap();
                if cell.starts_with('−') { -size } else { size }
            })
            .collect()
    };
    (numbers(rows), numbers(total)[0])
}

#[tokio::test]
async fn parts_of_the_score_add_up_to_it_as_they_are_written() {
    let desk = Desk::sample();
    let feed = desk.get("/set/exoplanets/feed?threshold=wide").await;
    let links: Vec<String> = (feed.text().split("href=\"/set/exoplanets/why?").skip(1))
        .map(|part| part.split('"').next().unwrap().replace("&amp;", "&"))
        .collect();
    assert!(links.len() > 2);
    for link in links {
        let page = desk.get(&format!("/set/exoplanets/why?{link}")).await;
        assert_eq!(page.status, StatusCode::OK, "{link}: {}", page.text());
        let (parts, score) = sum(page.text());
        assert!(parts.len() > 5);
        assert_eq!(parts.iter().sum::<i64>(), score, "{link}");
        assert!(page.text().contains("Place <strong>"));
    }
}

#[tokio::test]
async fn place_and_chance_without_a_rating_stand_beside_those_with_it() {
    let desk = Desk::sample();
    let path = "/set/exoplanets/why?id=2601.90034";
    let page = desk.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("it is judged by the other papers"));
    assert!(page.text().contains("name=\"without\""));
    let without = desk.get(&format!("{path}&without=2602.90050")).await;
    assert!(
        without.text().contains("<table class=\"compare\">"),
        "{}",
        without.text()
    );
    assert!(without.text().contains("value=\"2602.90050\" checked"));

    let likes = [
        "2602.90050",
        "2602.90083",
        "2602.90087",
        "2603.90058",
        "2603.90103",
    ];
    let all = format!("&without={}", likes.join("&without="));
    let refused = desk.get(&format!("{path}{all}")).await;
    assert_eq!(refused.status, StatusCode::OK);
    assert!(refused.text().contains("role=\"alert\""));
    assert!(!refused.text().contains("<table class=\"compare\">"));
    for (path, status) in [
        ("/set/exoplanets/why", StatusCode::BAD_REQUEST),
        ("/set/exoplanets/why?id=x", StatusCode::BAD_REQUEST),
        ("/set/exoplanets/why?id=2601.99999", StatusCode::NOT_FOUND),
        ("/set/none/why?id=2601.90034", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(desk.get(path).await.status, status, "{path}");
    }
}
