use axum::http::StatusCode;

use crate::testing::Desk;

#[tokio::test]
async fn search_finds_by_words_by_id_and_by_text_and_says_how_it_read() {
    let desk = Desk::sample();
    let start = desk.get("/").await;
    assert_eq!(start.status, StatusCode::OK);
    assert!(
        start.text().contains("325 papers indexed"),
        "{}",
        start.text()
    );
    let words = desk.get("/?q=federated+learning").await;
    assert!(words.text().contains("by words"), "{}", words.text());
    let id = desk.get("/?q=2601.90028v2").await;
    assert!(id.text().contains("read as an id"));
    assert!(
        id.text()
            .contains("Federated Learning with Clients That Come and Go")
    );
    let absent = desk.get("/?q=2601.99999").await;
    assert!(absent.text().contains("2601.99999"));
    assert!(absent.text().contains(r#"role="alert""#));
    assert!(
        absent.text().contains(r#"value="2601.99999""#),
        "what was typed is kept"
    );
}

#[tokio::test]
async fn names_before_a_colon_are_searched_for_where_they_are_no_ids() {
    let desk = Desk::sample();
    for text in ["Federated:learning", "ti:federated", "Title:federated"] {
        let page = desk.get(&format!("/?q={text}")).await;
        assert_eq!(page.status, StatusCode::OK, "{text}: {}", page.text());
        assert!(!page.text().contains("read as an id"), "{text}");
        assert!(page.text().contains("by words"), "{text}: {}", page.text());
    }
    let doi = desk.get("/?q=doi:10.1000/absent").await;
    assert_eq!(doi.status, StatusCode::NOT_FOUND);
}

/// All pages that need nothing but the sample.
const PAGES: [&str; 19] = [
    "/",
    "/?q=federated+learning",
    "/similar?id=2601.90028",
    "/similar?text=planets",
    "/paper/2601.90028",
    "/set/exoplanets",
    "/set/exoplanets/feed",
    "/set/exoplanets/ask",
    "/set/exoplanets/why?id=2601.90028",
    "/set/exoplanets/delete",
    "/sets",
    "/topics",
    "/map",
    "/import",
    "/jobs",
    "/ledger",
    "/settings",
    "/doctor",
    "/help",
];

/// The start tags of a page in which a name stands.
fn tags<'a>(html: &'a str, part: &str) -> Vec<&'a str> {
    let tags = html.split('<').skip(1);
    tags.map(|tag| tag.split('>').next().unwrap())
        .filter(|tag| tag.contains(part))
        .collect()
}

#[tokio::test]
async fn no_form_brings_the_token_into_an_address() {
    let desk = Desk::sample();
    let mut buttons = 0;
    for path in PAGES {
        let page = desk.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        for form in page.text().split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.split('>').next().unwrap().contains("method=\"post\"") {
                continue;
            }
            // A button alone may send it, and then the form is posted.
            for tag in tags(form, "name=\"token\"") {
                let is_posted = tag.starts_with("button") && tag.contains("formmethod=\"post\"");
                assert!(is_posted, "{path}: {tag}");
                buttons += 1;
            }
        }
    }
    assert_eq!(buttons, 3, "two pages of similar papers and a search");
}

#[tokio::test]
async fn ticked_papers_are_saved_by_the_first_button() {
    let desk = Desk::sample();
    let page = desk.get("/?q=federated+learning").await;
    let form = page.text().split(" id=\"ticked\"").nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    let buttons = tags(form, "type=\"submit\"");
    assert!(buttons[0].contains("formaction=\"/save\""), "{buttons:?}");
    assert!(buttons[1].contains("formnovalidate"), "{buttons:?}");
    assert!(tags(form, "name=\"new\"")[0].contains("required"));
}

#[tokio::test]
async fn every_page_has_one_field_of_the_search() {
    let desk = Desk::sample();
    for path in PAGES.iter().filter(|path| **path != "/map") {
        let page = desk.get(path).await;
        let fields = tags(page.text(), "name=\"q\"").len();
        assert_eq!(fields, 1, "{path}");
    }
    let filters = "<details class=\"filters\" open";
    let several = "/similar?id=2601.90028&id=2601.90034";
    assert!(!desk.get(several).await.text().contains(filters));
    let filtered = format!("{several}&cat=cs.DC");
    assert!(desk.get(&filtered).await.text().contains(filters));
}

#[tokio::test]
async fn paper_page_has_text_neighbours_and_what_can_be_done() {
    let desk = Desk::sample();
    let page = desk.get("/paper/2601.90028").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<h1 id=\"title\">",
        "Closest papers",
        "Like",
        "Not for me",
        "https://arxiv.org/pdf/2601.90028",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    assert_eq!(
        desk.get("/paper/2601.99999").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.get("/paper/nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
    let bibtex = desk.get("/bibtex?id=2601.90028").await;
    assert!(bibtex.text().starts_with('@'), "{}", bibtex.text());
}

#[tokio::test]
async fn paper_whose_neighbours_cannot_be_found_has_a_page_all_the_same() {
    let desk = Desk::sample();
    desk.damage_vectors();
    let page = desk.get("/paper/2601.90028").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("Papers like it cannot be named: "));
    assert!(!page.text().contains("Closest papers"));
}

#[tokio::test]
async fn ratings_are_kept_and_taken_back() {
    let desk = Desk::sample();
    let rate = |rating| {
        [
            ("id", "2601.90028"),
            ("set", "new-set"),
            ("rating", rating),
            ("back", "/?q=a"),
        ]
    };
    let answer = desk.post("/rate", &rate("like")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/?q=a#p-2601.90028");
    let page = desk.get("/paper/2601.90028").await;
    assert!(page.text().contains("new-set"), "{}", page.text());
    desk.post("/rate", &rate("none")).await;
    let ratings = desk
        .app
        .read(crate::gate::Cost::Quick, |library| {
            library.ratings(&"new-set".parse().unwrap())
        })
        .await
        .unwrap();
    assert!(ratings.is_empty());
    let wrong = desk.post("/rate", &rate("love")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text().contains("expected like, dislike or none"));
}
