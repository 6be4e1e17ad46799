use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{StatusCode, header};
use kindred_engine::{PaperId, Rating};
use rusqlite::Connection;

use crate::gate::Cost;
use crate::job::State;
use crate::testing::{Answer, Desk, form, multipart};

/// A database of Zotero with three works; the second has an id of arXiv.
const ZOTERO: &str = concat!(
    include_str!("../../../../kindred-ingest/tests/ingest/zotero-schema.sql"),
    include_str!("../../../../kindred-ingest/tests/ingest/zotero.sql"),
);
/// One reference of each kind; the last is named to do harm.
const BIBLIOGRAPHY: &str = r#"
@misc{one, title = {Secure Aggregation That Survives Colluding Users and Dropped Connections}, author = {001, Author}, eprint = {2603.90027}, archiveprefix = {arXiv}}
@misc{maybe, title = {Federated Learning with Clients That Come and Go}, author = {Somebody Else}}
@misc{again, title = {}, eprint = {2603.90027}, archiveprefix = {arXiv}}
@misc{new, title = {On the Boiling of Teapots in Small Kitchens}, author = {Nora Nobody}, abstract = {We boil teapots of many sizes and say how long each of them takes.}}
@misc{evil, title = {=1+1 <script>alert(1)</script> and <img src=x onerror=alert(2)>}, author = {"><script>alert(3)</script>}}
"#;

/// Reads the bibliography as a pasted text; returns the address of its review.
async fn pasted(desk: &Desk) -> String {
    let answer = desk.post("/import/text", &[("text", BIBLIOGRAPHY)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let address = answer.location().to_owned();
    assert!(address.starts_with("/import/review/"), "{address}");
    address
}

async fn ratings(desk: &Desk, set: &'static str) -> BTreeMap<PaperId, Rating> {
    let read = |library: &mut kindred_engine::Library| library.ratings(&set.parse().unwrap());
    desk.app.read(Cost::Quick, read).await.unwrap()
}

/// What was left of sent files in the library's folder.
fn left_over(desk: &Desk) -> Vec<String> {
    let entries = fs_err::read_dir(desk.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("page-import-"))
        .collect()
}

fn rows(page: &Answer) -> usize {
    page.text().matches("name=\"row\"").count()
}

#[tokio::test]
async fn review_shows_every_kind_before_anything_is_written() {
    let desk = Desk::sample();
    let address = pasted(&desk).await;
    let page = desk.get(&address).await;
    for part in [
        "5 in all",
        "1 likely",
        "1 matched",
        "2 not in the library",
        "1 duplicate",
        "Nothing is written yet",
        "by its id",
        "same title; the authors are unknown or others",
        "1 with an abstract can be added to it",
        "same as line 1",
        "value=\"0\" form=\"import\" checked",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert_eq!(rows(&page), 3, "matched, likely, addable");
    assert_eq!(page.text().matches(" form=\"import\" checked").count(), 1);
    // Links within the page, on which all rows stay in the form.
    for (name, word) in [("likely", "1 likely"), ("missing", "2 not in the library")] {
        let link = format!("<a href=\"#{name}\">{word}</a>");
        let place = format!("<tbody id=\"{name}\">");
        for part in [link, place] {
            assert!(page.text().contains(&part), "{part} in {}", page.text());
        }
    }
    let all = desk.get(&format!("{address}?tick=all")).await;
    assert_eq!(all.text().matches(" form=\"import\" checked").count(), 3);
    assert!(ratings(&desk, "exoplanets").await.len() < 40);
    assert!(left_over(&desk).is_empty());
}

#[tokio::test]
async fn hostile_titles_stay_text() {
    let desk = Desk::sample();
    let address = pasted(&desk).await;
    let page = desk.get(&address).await;
    assert!(
        page.text().contains("&lt;script&gt;alert(1)"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("<script>"), "{}", page.text());
    assert!(!page.text().contains("<img"), "{}", page.text());
    let name = "x\"><script>alert(4)<script>.bib".replace('"', "%22");
    let file = ("file", Some(name.as_str()), BIBLIOGRAPHY.as_bytes());
    let token = ("token", None, desk.app.token.as_str().as_bytes());
    let sent = desk.send(multipart("/import/file", &[token, file])).await;
    let page = desk.get(sent.location()).await;
    assert!(
        page.text().contains("&lt;script&gt;alert(4)"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("<script>"), "{}", page.text());
    let csv = desk.get(&format!("{address}.csv")).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(csv.text().contains("\"'=1+1 "), "{}", csv.text());
}

#[tokio::test]
async fn what_is_ticked_is_written_by_a_job_and_the_rest_is_told() {
    let desk = Desk::sample();
    let address = pasted(&desk).await;
    // A name that was typed goes before the set that the form proposes.
    let fields = [
        ("set", "exoplanets"),
        ("new", "read-before"),
        ("rating", "like"),
        ("row", "1"),
        ("row", "3"),
    ];
    let started = desk.post(&address, &fields).await;
    assert_eq!(started.location(), "/jobs/1", "{}", started.text());
    let job = desk.app.jobs.get(1).unwrap();
    assert_eq!(job.origin(), Some(address.as_str()));
    let cookie = started.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("set=read-before"), "{cookie}");
    let status = desk.ended(1).await;
    assert_eq!(status.state, State::Done, "{status:?}");
    assert_eq!(status.href.as_deref(), Some(address.as_str()));
    assert_eq!(
        status.lines,
        [
            "2 papers liked in read-before",
            "1 paper put into the library",
            "1 paper embedded"
        ]
    );
    let rated = ratings(&desk, "read-before").await;
    assert_eq!(rated.len(), 2, "{rated:?}");
    assert_eq!(rated[&"2603.90124".parse().unwrap()], Rating::Like);

    let page = desk.get(&format!("{address}?set=read-before")).await;
    for part in [
        "<h2>Written</h2>",
        "2 papers liked in read-before",
        "1 reference could not be imported",
        "has no title and abstract with which it could be added",
        "2 rated already",
        "href=\"/set/read-before/feed\"",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    let csv = desk.get(&format!("{address}.csv")).await;
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(lines.len(), 6, "{}", csv.text());
    assert!(
        lines[1].contains("\"matched\"") && lines[1].ends_with("\"left out\",\"was not ticked\"")
    );
    assert!(lines[2].ends_with("\"liked\",\"\""), "{}", lines[2]);
    assert!(
        lines[4].ends_with("\"added and liked\",\"\""),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].contains("\"not in the library\",\"has no title"),
        "{}",
        lines[5]
    );
    let found = desk.get("/?q=title%3ATeapots").await;
    assert!(
        found.text().contains("On the Boiling of Teapots"),
        "{}",
        found.text()
    );
}

#[tokio::test]
async fn a_set_that_is_not_there_is_proposed_without_a_typed_name() {
    let desk = Desk::sample();
    let address = pasted(&desk).await;
    let page = desk.get(&format!("{address}?set=fresh")).await;
    let option = "<option value=\"fresh\" selected>fresh (new)</option>";
    assert!(page.text().contains(option), "{}", page.text());
    let fields = [
        ("set", "fresh"),
        ("new", ""),
        ("rating", "like"),
        ("row", "0"),
    ];
    desk.post(&address, &fields).await;
    desk.ended(1).await;
    assert_eq!(ratings(&desk, "fresh").await.len(), 1);
}

#[tokio::test]
async fn what_a_killed_server_left_goes_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    drop(kindred_engine::Library::create(folder.path()).unwrap());
    let left = folder.path().join("page-import-abc123");
    fs_err::create_dir(&left).unwrap();
    fs_err::write(left.join("0"), "@misc{a}").unwrap();
    let made = fs_err::metadata(&left).unwrap().modified().unwrap();
    let made = kindred_engine::Timestamp::try_from(made).unwrap();
    let hours = move |hours| made + jiff::SignedDuration::from_hours(hours);
    let soon = Desk::over(folder, |options| options.now = Arc::new(move || hours(23)));
    assert_eq!(left_over(&soon), ["page-import-abc123"]);
    let later = Desk::over(soon.folder, |options| {
        options.now = Arc::new(move || hours(25));
    });
    assert!(left_over(&later).is_empty());
    assert_eq!(later.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn ratings_that_a_set_has_stay() {
    let desk = Desk::sample();
    let rate = [
        ("id", "2603.90027"),
        ("set", "reading"),
        ("rating", "dislike"),
        ("back", "/"),
    ];
    desk.post("/rate", &rate).await;
    let address = pasted(&desk).await;
    let page = desk.get(&format!("{address}?set=reading")).await;
    assert!(
        page.text().contains("of them the other way"),
        "{}",
        page.text()
    );
    // The form of an older page still has the row ticked.
    let fields = [
        ("set", "reading"),
        ("rating", "like"),
        ("row", "0"),
        ("row", "1"),
    ];
    desk.post(&address, &fields).await;
    let status = desk.ended(1).await;
    assert_eq!(status.lines, ["1 paper liked in reading"], "{status:?}");
    let rated = ratings(&desk, "reading").await;
    assert_eq!(rated[&"2603.90027".parse().unwrap()], Rating::Dislike);
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let desk = Desk::sample();
    let address = pasted(&desk).await;
    let good = [("set", "reading"), ("rating", "like"), ("row", "0")];
    for (place, wrong) in [
        ("set", "a b"),
        ("rating", "love"),
        ("row", "5"),
        ("row", "-1"),
        ("row", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let mut fields = good;
        let field = fields.iter_mut().find(|field| field.0 == wrong.0).unwrap();
        *field = wrong;
        let answer = desk.post(&address, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{place}");
    }
    let unsigned = desk.send(form(&address, &good)).await;
    assert_eq!(unsigned.status, StatusCode::FORBIDDEN);
    assert!(desk.app.jobs.all().is_empty());
    let gone = desk.get("/import/review/0123456789abcdef").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text().contains("Read the file again"));
    let gone = desk.post("/import/review/0123456789abcdef", &good).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_are_read_only_after_the_token() {
    let desk = Desk::sample();
    let token = ("token", None, desk.app.token.as_str().as_bytes());
    let file: (&str, Option<&str>, &[u8]) = ("file", Some("refs.bib"), BIBLIOGRAPHY.as_bytes());
    for parts in [
        vec![file],
        vec![file, token],
        vec![("token", None, b"00".as_slice()), file],
        vec![("token", None, [b'0'; 4096].as_slice()), file],
    ] {
        for path in ["/import/file", "/import/papers"] {
            let answer = desk.send(multipart(path, &parts)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
        }
    }
    let mut foreign = multipart("/import/file", &[token, file]);
    let origin = "http://evil.example".parse().unwrap();
    foreign.headers_mut().insert(header::ORIGIN, origin);
    assert_eq!(desk.send(foreign).await.status, StatusCode::FORBIDDEN);
    let none = desk.send(multipart("/import/file", &[token])).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    assert!(
        none.text().contains("no file was chosen"),
        "{}",
        none.text()
    );
    assert!(desk.app.jobs.all().is_empty());

    let answer = desk.send(multipart("/import/file", &[token, file])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let page = desk.get(answer.location()).await;
    assert!(page.text().contains("refs.bib"), "{}", page.text());
    assert!(!page.text().contains("page-import-"), "{}", page.text());
    assert!(left_over(&desk).is_empty());
}

#[tokio::test]
async fn larger_bodies_are_refused_and_leave_nothing() {
    let desk = Desk::sample();
    let token = ("token", None, desk.app.token.as_str().as_bytes());
    let large = vec![b'a'; super::MAX_FILE + 1];
    let file = ("file", Some("large.bib"), large.as_slice());
    let answer = desk.send(multipart("/import/file", &[token, file])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(left_over(&desk).is_empty());
    let long = "a".repeat(crate::signed::MAX_BODY + 1);
    let answer = desk.post("/import/text", &[("text", &long)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_on_the_page_and_kept() {
    let desk = Desk::sample();
    let page = desk
        .post("/import/text", &[("text", "<html><body>no</body></html>")])
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text().contains("an HTML page"), "{}", page.text());
    assert!(
        page.text().contains("&lt;html&gt;&lt;body&gt;no"),
        "what was pasted is kept"
    );
    assert!(!page.text().contains("page-import-"), "{}", page.text());
    let empty = desk.post("/import/text", &[("text", "  ")]).await;
    assert!(empty.text().contains("nothing was pasted"));
    for (path, reason) in [
        ("Zotero", "is no whole path"),
        ("/nonexistent/zotero.sqlite", "/nonexistent/zotero.sqlite"),
        // What is no file may keep a reader waiting for good, as a pipe does.
        #[cfg(unix)]
        ("/dev/null", "<code>/dev/null</code> is no file"),
        (env!("CARGO_MANIFEST_DIR"), "zotero.sqlite"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "is no database of Zotero",
        ),
    ] {
        let page = desk.post("/import/zotero", &[("path", path)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.text().contains(reason), "{reason} in {}", page.text());
    }
}

#[tokio::test]
async fn zotero_is_read_while_it_is_open_and_left_as_it_is() {
    let desk = Desk::sample();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zotero.sqlite");
    let database = Connection::open(&path).unwrap();
    database.execute_batch(ZOTERO).unwrap();
    let of_sample = "UPDATE itemDataValues SET value = 'arXiv:2603.90027' WHERE valueID = 2";
    database.execute(of_sample, []).unwrap();
    let before = fs_err::read(&path).unwrap();
    for (job, typed, set) in [(1, folder.path(), "of-folder"), (2, &path, "of-file")] {
        let typed = typed.to_str().unwrap();
        let sent = desk.post("/import/zotero", &[("path", typed)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        let page = desk.get(sent.location()).await;
        for part in ["3 in all", "1 likely", "Knots without Rope", "EMPTY555"] {
            assert!(page.text().contains(part), "{part} in {}", page.text());
        }
        assert!(!page.text().contains("In the trash"), "{}", page.text());
        let fields = [("new", set), ("rating", "like"), ("row", "1")];
        let started = desk.post(sent.location(), &fields).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text());
        assert_eq!(desk.ended(job).await.state, State::Done);
        let rated = ratings(&desk, set).await;
        let paper = "2603.90027".parse().unwrap();
        assert_eq!(rated, BTreeMap::from([(paper, Rating::Like)]));
    }
    assert_eq!(fs_err::read(&path).unwrap(), before);
    let names: Vec<_> = fs_err::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[tokio::test]
async fn files_of_this_machine_are_not_read_for_others() {
    let desk = Desk::sample_with(|options| {
        options.address = "0.0.0.0:4747".parse().unwrap();
        options.allow_remote = true;
    });
    let token = desk.app.token.as_str().to_owned();
    for path in ["/import/zotero", "/import/path"] {
        let fields = [("token", token.as_str()), ("path", "/etc/passwd")];
        let mut request = form(path, &fields);
        request
            .headers_mut()
            .insert("x-kindred-token", token.parse().unwrap());
        let answer = desk.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(desk.app.jobs.all().is_empty());
}

#[tokio::test]
async fn papers_come_in_by_a_job() {
    let desk = Desk::empty();
    let line = r#"{"id": "2604.00001v1", "title": "Clocks of Sand", "abstract": "We measure hours by sand.", "authors": ["Ada Example"], "categories": "cs.DC"}"#;
    let token = ("token", None, desk.app.token.as_str().as_bytes());
    let file = ("file", Some("new.jsonl"), line.as_bytes());
    let started = desk.send(multipart("/import/papers", &[token, file])).await;
    assert_eq!(started.location(), "/jobs/1", "{}", started.text());
    let status = desk.ended(1).await;
    assert_eq!(status.state, State::Done, "{status:?}");
    assert_eq!(status.lines[0], "new.jsonl: 1 record, 1 new");
    assert_eq!(desk.app.jobs.get(1).unwrap().title, "Import of new.jsonl");
    assert_eq!(desk.get("/paper/2604.00001").await.status, StatusCode::OK);

    let file = ("file", Some("page.html"), b"<html></html>".as_slice());
    let started = desk.send(multipart("/import/papers", &[token, file])).await;
    assert_eq!(started.location(), "/jobs/2");
    let status = desk.ended(2).await;
    assert_eq!(status.state, State::Failed, "{status:?}");
    assert!(status.lines[0].contains("page.html"), "{status:?}");
    assert!(!status.lines[0].contains("page-import-"), "{status:?}");
    assert!(left_over(&desk).is_empty());
}

#[tokio::test]
async fn doors_have_their_forms_and_limits() {
    let desk = Desk::sample();
    let page = desk.get("/import").await;
    for part in [
        "action=\"/import/file\" method=\"post\" enctype=\"multipart/form-data\"",
        "action=\"/import/text\"",
        "action=\"/import/zotero\"",
        "action=\"/import/papers\"",
        "<nav aria-label=\"Pages\">",
        "href=\"/import\" aria-current=\"page\"",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    // The token is the first field of every form, before what is large.
    for form in page
        .text()
        .split("<form")
        .skip(1)
        .filter(|form| form.contains("method=\"post\""))
    {
        let first = form.find("<input").unwrap();
        assert!(
            form[first..].starts_with("<input type=\"hidden\" name=\"token\""),
            "{form}"
        );
    }
}
