use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// An answer that does not come.
const SILENCE: &[u8] = b"silence";

/// A clock that sleeping moves.
#[derive(Debug)]
struct Virtual(Mutex<Timestamp>);

impl Virtual {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-03T10:00:00Z".parse().unwrap())))
    }
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool {
        let mut now = self.0.lock().unwrap();
        *now = time.max(*now);
        !stop()
    }
}

/// A server that answers each connection with the next bytes of its script, the last for ever.
struct Script {
    address: Url,
    /// When each request came, by the virtual clock, and its head.
    requests: Arc<Mutex<Vec<(Timestamp, String)>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Script {
    fn start(clock: &Arc<Virtual>, answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let most_at_once = Arc::new(AtomicUsize::new(0));
        let open = Arc::new(AtomicUsize::new(0));
        let (log, most, clock) = (
            Arc::clone(&requests),
            Arc::clone(&most_at_once),
            Arc::clone(clock),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, most, open, clock) = (
                    Arc::clone(&log),
                    Arc::clone(&most),
                    Arc::clone(&open),
                    Arc::clone(&clock),
                );
                let answers = answers.clone();
                std::thread::spawn(move || {
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let stream: TcpStream = stream.unwrap();
                    let mut head = String::new();
                    let mut reader = BufReader::new(&stream);
                    while reader.read_line(&mut head).unwrap_or(0) > 2 {}
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push((clock.now(), head));
                        log.len() - 1
                    };
                    let answer = &answers[number.min(answers.len() - 1)];
                    if answer == SILENCE {
                        std::thread::sleep(Duration::from_secs(5));
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                    // Whoever refuses the body hangs up.
                    (&stream).write_all(answer).ok();
                });
            }
        });
        Self {
            address: Url::parse(&format!("http://127.0.0.1:{port}/page")).unwrap(),
            requests,
            most_at_once,
        }
    }

    fn times(&self) -> Vec<Timestamp> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(time, _)| *time).collect()
    }
}

fn page(body: &str) -> Vec<u8> {
    with_head("200 OK", "", body)
}

fn with_head(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    let body = encoder.finish().unwrap();
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend(body);
    answer
}

struct Bench {
    folder: tempfile::TempDir,
    clock: Arc<Virtual>,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Virtual::new(),
        }
    }

    fn options(&self) -> ClientOptions {
        let mut options = ClientOptions::new(self.folder.path().to_owned(), AllowedHosts::Loopback);
        options.deadline = Duration::from_secs(2);
        options
    }

    fn client(&self, options: ClientOptions) -> Client {
        let clock: Arc<dyn Clock> = Arc::<Virtual>::clone(&self.clock);
        Client::new(options, clock).unwrap()
    }

    fn get(&self, address: &Url) -> Result<String, FetchError> {
        fetch(&self.client(self.options()), address)
    }
}

fn fetch(client: &Client, address: &Url) -> Result<String, FetchError> {
    let hooks = Hooks {
        stop: &|| false,
        notice: &|_| {},
    };
    client.get(address, &hooks, &mut |answer| {
        if answer.body.is_empty() {
            return Verdict::Again("an empty body".to_owned());
        }
        Verdict::Use(String::from_utf8(answer.body).unwrap())
    })
}

fn seconds(times: &[Timestamp]) -> Vec<i64> {
    times
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]).as_secs())
        .collect()
}

#[test]
fn requests_of_two_clients_are_three_seconds_apart() {
    let bench = Bench::new();
    let script = Script::start(&bench.clock, vec![page("fine")]);
    let clients = [bench.client(bench.options()), bench.client(bench.options())];
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(fetch(client, &script.address).unwrap(), "fine");
                }
            });
        }
    });
    let times = script.times();
    assert_eq!(times.len(), 10);
    assert!(seconds(&times).iter().all(|&gap| gap >= 3), "{times:?}");
    assert_eq!(script.most_at_once.load(Ordering::SeqCst), 1);
}

#[test]
fn who_asks_is_told() {
    let bench = Bench::new();
    let script = Script::start(&bench.clock, vec![page("fine")]);
    let mut options = bench.options();
    options.contact = Some("reader@example.org".to_owned());
    fetch(&bench.client(options), &script.address).unwrap();
    let head = script.requests.lock().unwrap()[0].1.to_ascii_lowercase();
    assert!(head.contains("user-agent: kindred/"), "{head}");
    assert!(head.contains("+mailto:reader@example.org"), "{head}");
    for contact in ["a@b\r\nX: y", "", "nobody", "a@b (c)"] {
        let mut options = bench.options();
        options.contact = Some(contact.to_owned());
        let clock: Arc<dyn Clock> = Arc::<Virtual>::clone(&bench.clock);
        assert!(Client::new(options, clock).is_err(), "{contact:?}");
    }
}

#[test]
fn an_asked_rest_is_kept_and_outlives_the_process() {
    let bench = Bench::new();
    let busy = with_head(
        "429 Too Many Requests",
        "Retry-After: 60\r\n",
        "Rate exceeded.",
    );
    let script = Script::start(&bench.clock, vec![busy, page("fine")]);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    assert_eq!(seconds(&script.times()), [60]);

    let long = with_head("503 Unavailable", "Retry-After: 7200\r\n", "");
    let script = Script::start(&bench.clock, vec![long, page("fine")]);
    let Err(FetchError::Paused { until, .. }) = bench.get(&script.address) else {
        panic!("two hours are beyond the patience");
    };
    // Another process does not even ask.
    assert!(matches!(
        bench.get(&script.address),
        Err(FetchError::Paused { .. })
    ));
    assert_eq!(script.times().len(), 1);
    bench.clock.sleep_until(until, &|| false);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
}

#[test]
fn rests_grow_with_each_failure_and_end_with_a_good_answer() {
    let bench = Bench::new();
    let bad = || with_head("503 Unavailable", "", "");
    let mut answers: Vec<Vec<u8>> = (0..4).map(|_| bad()).collect();
    answers.extend([page(""), page("fine"), bad(), page("fine")]);
    let script = Script::start(&bench.clock, answers);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    let gaps = seconds(&script.times());
    for (number, gap) in gaps.iter().enumerate() {
        let full = 5 << number;
        assert!((full / 2 - 1..=full).contains(gap), "{gaps:?}");
    }
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    let last = *seconds(&script.times()).last().unwrap();
    assert!(
        last <= 5,
        "failures are counted in a row, found a rest of {last} s"
    );
}

#[test]
fn a_service_that_keeps_failing_is_given_up_within_patience() {
    let bench = Bench::new();
    let script = Script::start(&bench.clock, vec![with_head("503 Unavailable", "", "")]);
    let error = bench.get(&script.address).unwrap_err();
    assert!(matches!(error, FetchError::Paused { .. }), "{error}");
    let times = script.times();
    let spent = times.last().unwrap().duration_since(times[0]);
    assert!(spent <= SignedDuration::from_mins(15), "{spent}");
    assert!(times.len() > 4);
}

#[test]
fn a_refusal_stops_hard() {
    let bench = Bench::new();
    let script = Script::start(
        &bench.clock,
        vec![with_head("403 Forbidden", "", "no"), page("fine")],
    );
    for _ in 0..3 {
        let error = bench.get(&script.address).unwrap_err();
        let FetchError::Forbidden { state, .. } = error else {
            panic!("{error}");
        };
        assert!(fs_err::exists(state).unwrap());
    }
    assert_eq!(script.times().len(), 1);
    let day = bench
        .clock
        .now()
        .checked_add(SignedDuration::from_hours(25))
        .unwrap();
    bench.clock.sleep_until(day, &|| false);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
}

#[test]
fn a_request_that_was_never_finished_is_waited_for_once() {
    let bench = Bench::new();
    let script = Script::start(&bench.clock, vec![page("fine")]);
    let state = r#"{"next": "2031-01-01T00:00:00Z", "in_flight": true, "services":
            {"127.0.0.1/page": {"failures": 1, "pause": {"until": "2031-01-01T00:00:00Z",
            "reason": "rest", "detail": "status 503"}}}}"#
        .to_string();
    let key = AllowedHosts::pace_key(&script.address);
    fs_err::write(bench.folder.path().join(format!("{key}.json")), state).unwrap();
    let began = bench.clock.now();
    let Err(FetchError::Paused { until, .. }) = bench.get(&script.address) else {
        panic!("six hours are beyond the patience");
    };
    assert_eq!(until.duration_since(began), SignedDuration::from_hours(6));
    bench.clock.sleep_until(until, &|| false);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    // The same without a rest: three seconds, not for ever.
    fs_err::write(
        bench.folder.path().join(format!("{key}.json")),
        r#"{"in_flight": true}"#,
    )
    .unwrap();
    let began = bench.clock.now();
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    assert_eq!(bench.clock.now().duration_since(began).as_secs(), 3);
}

#[test]
fn a_refusal_is_heard_whatever_its_body_is_like() {
    let bench = Bench::new();
    let mut broken = with_head(
        "403 Forbidden",
        "Content-Encoding: gzip\r\n",
        "not gzip at all",
    );
    broken.truncate(broken.len() - 3);
    let script = Script::start(&bench.clock, vec![broken, page("fine")]);
    let error = bench.get(&script.address).unwrap_err();
    assert!(matches!(error, FetchError::Forbidden { .. }), "{error}");
}

#[test]
fn a_service_that_rests_leaves_the_others_of_its_host_to_be_asked() {
    let bench = Bench::new();
    let long = with_head("503 Unavailable", "Retry-After: 7200\r\n", "");
    let script = Script::start(&bench.clock, vec![long, page("fine")]);
    assert!(matches!(
        bench.get(&script.address),
        Err(FetchError::Paused { .. })
    ));
    let other = script.address.join("/other/page").unwrap();
    assert_eq!(bench.get(&other).unwrap(), "fine");
    assert!(matches!(
        bench.get(&script.address),
        Err(FetchError::Paused { .. })
    ));
    assert!(seconds(&script.times()).iter().all(|&gap| gap >= 3));
}

#[test]
fn redirects_keep_the_pace_and_the_hosts() {
    let bench = Bench::new();
    let here = with_head("302 Found", "Location: /elsewhere\r\n", "");
    let script = Script::start(&bench.clock, vec![here.clone(), page("fine")]);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    assert_eq!(seconds(&script.times()), [3]);
    assert!(
        script.requests.lock().unwrap()[1]
            .1
            .starts_with("GET /elsewhere")
    );

    let script = Script::start(&bench.clock, vec![here]);
    assert!(matches!(
        bench.get(&script.address),
        Err(FetchError::Redirect { .. })
    ));
    assert_eq!(script.times().len(), 4);

    let away = with_head("301 Moved", "Location: http://localhost.invalid/\r\n", "");
    let script = Script::start(&bench.clock, vec![away]);
    assert!(matches!(
        bench.get(&script.address),
        Err(FetchError::Redirect { .. })
    ));
}

#[test]
fn bombs_and_endless_bodies_are_refused() {
    let bench = Bench::new();
    let bomb = packed(&vec![b'0'; 40 << 20]);
    let script = Script::start(&bench.clock, vec![bomb]);
    let error = bench.get(&script.address).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");

    let script = Script::start(&bench.clock, vec![packed(b"fine")]);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");

    let mut options = bench.options();
    options.body_bytes = 1_000;
    let script = Script::start(&bench.clock, vec![page(&"x".repeat(1_001))]);
    let error = fetch(&bench.client(options), &script.address).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
}

#[test]
fn answers_that_break_off_are_asked_for_again() {
    let bench = Bench::new();
    let mut cut = page("a longer body");
    cut.truncate(cut.len() - 5);
    let mut cut_gzip = packed(b"a body that is cut inside of its compressed form");
    cut_gzip.truncate(cut_gzip.len() - 12);
    let broken = vec![
        cut,
        b"HTTP/1.1 200".to_vec(),
        Vec::new(),
        b"nonsense\r\n\r\n".to_vec(),
    ];
    let mut answers = broken;
    answers.extend([cut_gzip, page("fine")]);
    let script = Script::start(&bench.clock, answers);
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    assert_eq!(script.times().len(), 6);
}

#[test]
fn each_fault_of_the_network_has_its_name() {
    let bench = Bench::new();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = bench
        .get(&Url::parse(&format!("http://{closed}/")).unwrap())
        .unwrap_err();
    assert!(matches!(error, FetchError::Connect { .. }), "{error}");

    let plain = Script::start(&bench.clock, vec![b"not TLS at all, by any means".to_vec()]);
    let secure = plain.address.as_str().replace("http:", "https:");
    let error = bench.get(&Url::parse(&secure).unwrap()).unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error}");

    let error = bench
        .get(&Url::parse("https://arxiv.org/").unwrap())
        .unwrap_err();
    assert!(matches!(error, FetchError::Refused { .. }), "{error}");

    let missing = Script::start(&bench.clock, vec![with_head("404 Not Found", "", "")]);
    let error = bench.get(&missing.address).unwrap_err();
    assert!(
        matches!(error, FetchError::Status { status: 404, .. }),
        "{error}"
    );
}

#[test]
fn a_stopped_request_ends_at_once_and_leaves_the_pace_in_order() {
    let bench = Bench::new();
    let script = Script::start(&bench.clock, vec![SILENCE.to_vec(), page("fine")]);
    let asked = RefCell::new(0);
    let hooks = Hooks {
        stop: &|| {
            *asked.borrow_mut() += 1;
            *asked.borrow() > 3
        },
        notice: &|_| {},
    };
    let client = bench.client(bench.options());
    let stopped: Result<(), _> = client.get(&script.address, &hooks, &mut |_| Verdict::Use(()));
    assert!(matches!(stopped, Err(FetchError::Stopped)));
    assert_eq!(bench.get(&script.address).unwrap(), "fine");
    assert!(seconds(&script.times()).iter().all(|&gap| gap >= 3));
}

#[test]
fn private_addresses_are_refused_where_users_name_feeds() {
    let bench = Bench::new();
    let mut options = bench.options();
    options.hosts = AllowedHosts::Public;
    let client = bench.client(options);
    for address in ["http://127.0.0.1:8080/feed", "http://localhost:8080/feed"] {
        let error = fetch(&client, &Url::parse(address).unwrap()).unwrap_err();
        assert!(matches!(error, FetchError::Refused { .. }), "{error}");
    }
}
