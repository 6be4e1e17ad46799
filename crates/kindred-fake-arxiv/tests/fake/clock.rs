use super::support::{at, get, send, wednesday};

#[test]
fn clock_is_told_and_moved_over_its_own_port() {
    let fake = wednesday();
    let url = fake.arxiv.clock_url();
    let told = get(&format!("{url}/clock"));
    assert_eq!(
        (told.status, told.text()),
        (200, "2026-11-04T12:00:00Z".to_owned())
    );
    let moved = send(
        "POST",
        &format!("{url}/clock/until?to=2026-11-05T00%3A00%3A00%2B01:00"),
        "",
        "",
    );
    assert_eq!(moved.text(), "2026-11-04T23:00:00Z");
    assert_eq!(fake.clock.now(), at("2026-11-04T23:00:00Z"));
    let earlier = send(
        "POST",
        &format!("{url}/clock/until?to=2026-11-01T00%3A00%3A00Z"),
        "",
        "",
    );
    assert_eq!(earlier.text(), "2026-11-04T23:00:00Z");
    for bad in ["/clock/until", "/clock/until?to=soon"] {
        assert_eq!(send("POST", &format!("{url}{bad}"), "", "").status, 400);
    }
    assert_eq!(get(&format!("{url}/oai")).status, 404);
    assert!(fake.arxiv.log().is_empty(), "the clock is not arXiv");
}

#[test]
fn each_request_takes_200_ms_and_is_logged() {
    let fake = wednesday();
    let url = format!("{}?verb=Identify", fake.arxiv.oai_url());
    let first = send("GET", &url, "User-Agent: tester/1\r\n", "");
    assert_eq!(first.header("Date"), Some("Wed, 04 Nov 2026 12:00:00 GMT"));
    get(&format!("{}/nothing", fake.arxiv.feed_url()));
    assert_eq!(fake.clock.now(), at("2026-11-04T12:00:00.4Z"));
    let log = fake.arxiv.log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].at, at("2026-11-04T12:00:00Z"));
    assert_eq!(log[1].at, at("2026-11-04T12:00:00.2Z"));
    assert_eq!(log[0].target, "/oai?verb=Identify");
    assert_eq!(log[0].user_agent.as_deref(), Some("tester/1"));
    assert_eq!(log[0].source, Some(kindred_fake_arxiv::Source::Oai));
    assert_eq!((log[1].source, log[1].status), (None, 404));
    assert_eq!((log[1].connections, log[1].concurrent), (1, 1));
    fake.arxiv.clear_log();
    assert!(fake.arxiv.log().is_empty());
}
