//! The proxy forwards, counts, judges and does harm as its users believe; the server behind it here says what it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::support::proxy::{Report, Traffic};
use crate::support::{Answers, PATIENCE, Proxy, http, wait_until};

const FUNCTION: &str = "/2015-03-31/functions/hello";
const ROLE: &str = "arn:aws:iam::111111111111:role/hello";

/// The whole of an answer: status line, further header lines, body.
type Canned = (&'static str, &'static str, &'static str);

/// A server that says what it is told, behind a proxy.
struct Stage {
    proxy: Proxy,
    answer: Arc<Mutex<Canned>>,
    served: Arc<AtomicUsize>,
}

impl Stage {
    fn new(answer: Canned, answers: Answers) -> Self {
        let (endpoint, answer, served) = serve(answer);
        Self { proxy: Proxy::new(&endpoint, answers), answer, served }
    }

    /// A server of which AWS could not be told apart by one `GetFunction`.
    fn good() -> Self {
        Self::new(("200 OK", "x-amzn-requestid: 1\r\n", GOOD), Answers::Strict)
    }

    fn send(&self, request: &str, headers: &[&str], body: &str) -> std::io::Result<http::Answer> {
        http::exchange(self.proxy.port(), request, headers, body)
    }

    fn get_function(&self) -> std::io::Result<http::Answer> {
        self.send(&format!("GET {FUNCTION}"), &[], "")
    }

    /// The violations after one request.
    fn judge(&self, request: &str, headers: &[&str], body: &str) -> Vec<String> {
        self.proxy.reset();
        self.send(request, headers, body).expect("an answer");
        self.proxy.report().violations
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

/// A server that says what it is told: where it is, what it says, and how often it did.
fn serve(answer: Canned) -> (String, Arc<Mutex<Canned>>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let (answer, served) = (Arc::new(Mutex::new(answer)), Arc::new(AtomicUsize::new(0)));
    let (told, counter) = (Arc::clone(&answer), Arc::clone(&served));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            read_request(&stream);
            counter.fetch_add(1, Ordering::SeqCst);
            let (status, head, body) = *told.lock().expect("nobody panics with it");
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\n{head}content-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).expect("the proxy reads");
        }
    });
    (endpoint, answer, served)
}

const GOOD: &str = r#"{"Configuration": {"FunctionName": "hello", "MemorySize": 128, "State": "Active",
    "LastModified": "2026-01-02T03:04:05.678+0000", "VpcConfig": null}, "Tags": {"a": "b"}}"#;

fn read_request(stream: &std::net::TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).expect("a head") > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length]).expect("the body");
}

#[test]
fn a_good_exchange_is_counted_and_blameless() {
    let stage = Stage::good();
    let authorization =
        "authorization: AWS4-HMAC-SHA256 Credential=111111111111/20260101/eu-west-1/lambda/aws4_request";
    for _ in 0..2 {
        let answer =
            stage.send(&format!("GET {FUNCTION}?Qualifier=live"), &[authorization], "").expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (200, GOOD));
        assert!(answer.head.contains("x-amzn-requestid: 1"), "{}", answer.head);
    }
    let report = stage.proxy.report();
    report.assert_valid();
    let traffic = Traffic { count: 2, request_bytes: 0, response_bytes: 2 * GOOD.len() };
    assert_eq!(report.operations.get("lambda.GetFunction"), Some(&traffic));
    assert_eq!((report.count("GetFunction"), report.count("UpdateAlias")), (2, 0));
    assert_eq!(report.order(), ["lambda.GetFunction", "lambda.GetFunction"]);
    let first = &report.requests[0];
    assert_eq!(
        (first.method.as_str(), first.status, first.account.as_deref()),
        ("GET", Some(200), Some("111111111111"))
    );
    stage.proxy.reset();
    assert!(stage.proxy.report().requests.is_empty());
}

#[test]
fn requests_that_the_models_do_not_have_are_violations() {
    let stage = Stage::new(("201 Created", "", "{}"), Answers::Lenient);
    let create = "POST /2015-03-31/functions";
    let with = |more: &str| format!(r#"{{"FunctionName": "hello", "Role": "{ROLE}", "Code": {{}}{more}}}"#);
    assert_eq!(stage.judge(create, &[], &with("")), Vec::<String>::new());
    let form = "content-type: application/x-www-form-urlencoded";
    let assume = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::111111111111:role/x";
    let delete_alarms = "POST /service/GraniteServiceVersion20100801/operation/DeleteAlarms";
    let cbor = ["smithy-protocol: rpc-v2-cbor", "content-type: application/cbor"];
    let cases: &[(&str, &[&str], &str, &str)] = &[
        (create, &[], &with(r#", "Memory": 1"#), "unknown member Memory"),
        (create, &[], &with(r#", "MemorySize": "128""#), "MemorySize: str where integer belongs"),
        (create, &[], &with(r#", "MemorySize": 64"#), "MemorySize: 64, less than 128"),
        (create, &[], &with(r#", "Architectures": ["arm"]"#), "'arm' is not in the enum Architecture"),
        (create, &[], &with(r#", "Environment": {"Variables": {"1x": "y"}}"#), "'1x' does not match"),
        (create, &[], r#"{"FunctionName": "hello", "Code": {"ZipFile": "*"}}"#, "Code.ZipFile: not base64"),
        (create, &[], r#"{"FunctionName": "hello", "Code": {}}"#, "Role is required"),
        (create, &[], "{", "body is not JSON"),
        ("GET /2015-03-31/functions/hello?Alias=live", &[], "", "unknown query parameter Alias"),
        ("GET /2015-03-31/functions/hel%20lo", &[], "", "'hel lo' does not match"),
        ("POST /2015-03-31/nonsense", &[], "", "is no operation"),
        (
            "POST /",
            &[form],
            &format!("{assume}&RoleSessionName=x&DurationSeconds=9"),
            "DurationSeconds: 9, less than 900",
        ),
        ("POST /", &[form], &format!("{assume}&RoleSessionName=x&Tag.member.1.Key=x"), "unknown member Tag"),
        ("POST /", &[form], assume, "RoleSessionName is required"),
        (
            "POST /",
            &["x-amz-target: AmazonSSM.GetParameter", "content-type: application/x-amz-json-1.1"],
            r#"{"Name": "x", "Decrypt": true}"#,
            "unknown member Decrypt",
        ),
        (
            "POST /",
            &[
                "x-amz-target: GraniteServiceVersion20100801.DeleteAlarms",
                "content-type: application/x-amz-json-1.0",
            ],
            r#"{"AlarmNames": ["x"], "All": true}"#,
            "unknown member All",
        ),
        (delete_alarms, &cbor, "\u{1}", "DeleteAlarmsInput: int where structure belongs"),
        (delete_alarms, &cbor, "\u{1}\u{1}", "more follows the CBOR value"),
        (delete_alarms, &cbor, "", "body is not CBOR"),
    ];
    for (request, headers, body, expected) in cases {
        let violations = stage.judge(request, headers, body);
        let found = violations.iter().any(|text| text.contains(" request: ") && text.contains(expected));
        assert!(found, "{request} {body}: {expected} is not in {violations:#?}");
    }
}

#[test]
fn answers_that_aws_would_not_give_are_violations() {
    let id = "x-amzn-requestid: 1\r\n";
    let error = "x-amzn-requestid: 1\r\nx-amzn-errortype: NoSuchThing\r\n";
    let conflict = "x-amzn-requestid: 1\r\nx-amzn-errortype: ResourceNotFoundException\r\n";
    let cases = [
        ("200 OK", id, r#"{"Configuration": {"Extra": 1}}"#, "unknown member Extra"),
        ("200 OK", id, r#"{"Configuration": {"MemorySize": "1"}}"#, "str where integer belongs"),
        ("200 OK", id, r#"{"Configuration": {"State": "Ready"}}"#, "'Ready' is not in the enum State"),
        (
            "200 OK",
            id,
            r#"{"Configuration": {"LastModified": "2026-01-02T03:04:05Z"}}"#,
            "not a time as Lambda",
        ),
        ("200 OK", "", "{}", "no x-amzn-requestid header"),
        ("201 Created", id, "{}", "status 201, not 200"),
        ("400 Bad", error, r#"{"message": "x"}"#, "NoSuchThing is not one of GetFunction's"),
        ("400 Bad", id, r#"{"message": "x"}"#, "error 400 without a code"),
        ("409 Conflict", conflict, r#"{"Type": "User", "message": "x"}"#, "has status 409, not 404"),
        ("404 Not Found", conflict, r#"{"Type": "User"}"#, "has no message"),
    ];
    let stage = Stage::good();
    for (status, head, body, expected) in cases {
        *stage.answer.lock().expect("nobody panics with it") = (status, head, body);
        let violations = stage.judge(&format!("GET {FUNCTION}"), &[], "");
        assert_eq!(violations.len(), 1, "{violations:#?}");
        assert!(violations[0].contains(expected), "{expected} is not in {violations:#?}");
    }
}

#[test]
fn another_server_can_stand_in_for_cloudwatch() {
    let (lambda, _, asked_of_lambda) = serve(("200 OK", "", GOOD));
    let (cloudwatch, _, asked_of_cloudwatch) = serve(("200 OK", "", "{}"));
    let proxy = Proxy::with_cloudwatch(&lambda, Answers::Lenient, &cloudwatch);
    let target = "x-amz-target: GraniteServiceVersion20100801.DescribeAlarms";
    let json = "content-type: application/x-amz-json-1.0";
    let answers = [
        http::exchange(proxy.port(), &format!("GET {FUNCTION}"), &[], ""),
        http::exchange(proxy.port(), "POST /", &[target, json], "{}"),
    ];
    assert_eq!(answers.map(|answer| answer.expect("an answer").body), [GOOD, "{}"]);
    let asked = [asked_of_lambda, asked_of_cloudwatch].map(|count| count.load(Ordering::SeqCst));
    assert_eq!((asked, proxy.report().violations), ([1, 1], Vec::new()));
}

#[test]
fn faults_hit_the_requests_they_name_and_no_others() {
    let stage = Stage::good();
    stage.proxy.fault("UpdateAlias", "status:500");
    assert_eq!(stage.get_function().expect("an answer").status, 200);
    stage.proxy.reset();

    stage.proxy.fault("GetFunction", "status:500");
    let statuses: Vec<_> = (0..2).map(|_| stage.get_function().expect("an answer").status).collect();
    assert_eq!(statuses, [500, 200]);

    stage.proxy.fault_always("*", "throttle");
    let answer = stage.get_function().expect("an answer");
    assert_eq!(answer.status, 429);
    assert!(answer.head.contains("x-amzn-errortype: toomanyrequestsexception"), "{}", answer.head);
    stage.proxy.reset();

    stage.proxy.fault("lambda.GetFunction", "error:403:AccessDeniedException:no");
    let answer = stage.get_function().expect("an answer");
    assert_eq!((answer.status, answer.body.contains("\"message\": \"no\"")), (403, true));
    assert_eq!(stage.served(), 2, "an injected answer does not reach the server");
}

#[test]
fn a_lost_answer_has_been_acted_on_and_a_lost_request_has_not() {
    let stage = Stage::good();
    stage.proxy.fault("GetFunction", "drop");
    assert!(stage.get_function().is_err());
    assert_eq!(stage.served(), 0);
    stage.proxy.fault("GetFunction", "drop-after");
    // The first fault is used up, so both requests were seen by both.
    assert!(stage.get_function().is_err());
    assert_eq!(stage.served(), 1);
    let report = stage.proxy.report();
    assert_eq!(report.requests.iter().map(|request| request.status).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn a_delay_delays_and_what_hangs_or_is_held_does_so_until_the_reset() {
    let stage = Stage::good();
    stage.proxy.fault("GetFunction", "delay:300");
    let begun = std::time::Instant::now();
    assert_eq!(stage.get_function().expect("an answer").status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));

    // What hangs is cut by the reset, and what is held goes on.
    for (action, is_cut) in [("hang", true), ("hold", false)] {
        stage.proxy.reset();
        stage.proxy.fault("GetFunction", action);
        let served = stage.served();
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            let stage = &stage;
            scope.spawn(move || sender.send(stage.get_function().is_err()));
            wait_until("the request", || (stage.proxy.report().count("GetFunction") == 1).then_some(()));
            assert!(receiver.recv_timeout(Duration::from_millis(200)).is_err(), "{action}: it was answered");
            stage.proxy.reset();
            assert_eq!(receiver.recv_timeout(PATIENCE), Ok(is_cut), "{action}");
        });
        assert_eq!(stage.served() - served, usize::from(!is_cut), "{action}");
    }
}

#[test]
fn big_bodies_and_kept_connections_pass() {
    let stage = Stage::good();
    let body = format!(r#"{{"ZipFile": "{}"}}"#, "A".repeat(8 << 20));
    stage.send(&format!("PUT {FUNCTION}/code"), &[], &body).expect("an answer");
    let report: Report = stage.proxy.report();
    let traffic = report.operations.get("lambda.UpdateFunctionCode").expect("counted");
    assert_eq!(traffic.request_bytes, body.len());
    assert_eq!(report.violations.iter().filter(|text| text.contains(" request: ")).count(), 0);

    let mut stream = std::net::TcpStream::connect(("127.0.0.1", stage.proxy.port())).expect("a connection");
    for _ in 0..2 {
        stream.write_all(format!("GET {FUNCTION} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).expect("sent");
        let mut answer = String::new();
        while !answer.ends_with(GOOD) {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).expect("an answer");
            assert_ne!(read, 0, "the connection was closed after {answer}");
            answer.push_str(&String::from_utf8_lossy(&part[..read]));
        }
    }
}
