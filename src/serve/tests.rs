//! Tests of the page's program: what it plays, saves, and whom it refuses.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::session::{Wish, mark};
use super::*;
use crate::scenario::LoadOptions;

static NEVER: AtomicBool = AtomicBool::new(false);

const TEXT: &str = "\
fleetcast: 1
name: served # </script><script>alert(1)</script>
run: { start: 2026-03-02T00:00:00Z, duration: 2h, seed: 1 }
aws:
  region: us-east-1
  cluster: { clusterName: c, capacityProviders: [FARGATE] }
  taskDefinitions:
    - family: api
      cpu: \"256\"
      memory: \"512\"
      networkMode: awsvpc
      requiresCompatibilities: [FARGATE]
      containerDefinitions: [{ name: app, image: \"a:1\" }]
  services:
    - serviceName: api
      taskDefinition: api
      desiredCount: 2 # two
      capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]
";

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn opened(path: &std::path::Path) -> Session {
    Session::open(path, LoadOptions::default()).unwrap()
}

fn wish(set: &[(&str, &str)]) -> Wish {
    let set = set.iter();
    Wish {
        text: None,
        set: set
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect(),
        ..Wish::default()
    }
}

fn figure(said: &Value, name: &str) -> f64 {
    let figures = said["answer"]["figures"].as_array().unwrap();
    let found = figures.iter().find(|it| it["name"] == name);
    found.and_then(|it| it["value"].as_f64()).unwrap()
}

#[test]
fn what_is_moved_is_played_and_stands_marked_in_the_text() {
    let (_folder, path) = written(TEXT);
    let session = opened(&path);
    let before = session.play(&wish(&[]), &NEVER).unwrap();
    assert_eq!(before["played"], true, "{before}");
    assert_eq!(before["marks"], serde_json::json!([]));
    let moved = wish(&[("aws.services.api.desiredCount", "6")]);
    let after = session.play(&moved, &NEVER).unwrap();
    let text = after["text"].as_str().unwrap();
    assert!(text.contains("desiredCount: 6 # two"), "{text}");
    let mark = serde_json::json!([{ "line": 17, "from": 21, "to": 22 }]);
    assert_eq!(after["marks"], mark);
    let tasks = |said: &Value| figure(said, "RUNNING tasks, mean");
    let ratio = tasks(&after) / tasks(&before);
    assert!((2.9..3.1).contains(&ratio), "{ratio}");
    assert!(figure(&before, "Cost a month") * 2.5 < figure(&after, "Cost a month"));
    // The file is what it was.
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
}

#[test]
fn what_is_wrong_is_said_at_its_line_of_the_text() {
    let (_folder, path) = written(TEXT);
    let said = opened(&path)
        .play(&wish(&[("aws.services.api.desiredCount", "-1")]), &NEVER)
        .unwrap();
    assert_eq!(said["played"], false);
    let problem = &said["problems"][0];
    assert_eq!(
        (&problem["severity"], &problem["line"]),
        (&"error".into(), &17.into())
    );
    let edited = Wish {
        text: Some(TEXT.replace("taskDefinition: api", "taskDefinition: apo")),
        ..Wish::default()
    };
    let said = opened(&path).play(&edited, &NEVER).unwrap();
    assert_eq!(said["problems"][0]["line"], 16, "{said}");
}

#[test]
fn what_another_file_says_is_played_and_left_there() {
    let (folder, path) = written(TEXT);
    let child = folder.path().join("child.yaml");
    std::fs::write(&child, "extends: s.yaml\n").unwrap();
    let moved = wish(&[("aws.services.api.desiredCount", "4")]);
    let said = opened(&child).play(&moved, &NEVER).unwrap();
    assert_eq!(
        said["left"],
        serde_json::json!(["aws.services.api.desiredCount"])
    );
    assert!(3.5 < figure(&said, "RUNNING tasks, mean"));
    assert!(path.exists());
}

#[test]
fn a_play_whose_page_moved_on_says_nothing() {
    static AT_ONCE: AtomicBool = AtomicBool::new(true);
    let (_folder, path) = written(TEXT);
    assert_eq!(opened(&path).play(&wish(&[]), &AT_ONCE), None);
}

#[test]
fn a_text_is_saved_but_not_over_what_somebody_else_wrote() {
    let (_folder, path) = written(TEXT);
    let session = opened(&path);
    let mine = TEXT.replace("desiredCount: 2", "desiredCount: 3");
    let began = session.save(&mine, &mark(TEXT)).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), mine);
    assert_eq!(began, mark(&mine));
    let theirs = TEXT.replace("desiredCount: 2", "desiredCount: 9");
    std::fs::write(&path, &theirs).unwrap();
    let mut wish = wish(&[]);
    wish.began = Some(began.clone());
    let said = session.play(&wish, &NEVER).unwrap();
    assert_eq!(said["changed_on_disk"], true);
    let refused = session.save(TEXT, &began).unwrap_err().to_string();
    assert!(refused.contains("was changed since"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
    assert_eq!(session.text(), theirs, "a page that is opened again");
    session.save(TEXT, &mark(&theirs)).unwrap();
}

#[test]
fn of_two_pages_that_save_the_second_is_told() {
    let (_folder, path) = written(TEXT);
    let session = opened(&path);
    let both_began = mark(TEXT);
    let first = TEXT.replace("desiredCount: 2", "desiredCount: 3");
    session.save(&first, &both_began).unwrap();
    let moved = Wish {
        text: Some(TEXT.to_owned()),
        set: vec![("run.seed".to_owned(), "7".to_owned())],
        began: Some(both_began.clone()),
        page: "second".to_owned(),
    };
    let said = session.play(&moved, &NEVER).unwrap();
    assert_eq!(said["changed_on_disk"], true);
    // It goes on with the text that it shows, not with the first one's.
    assert!(said["text"].as_str().unwrap().contains("desiredCount: 2"));
    assert!(session.save(TEXT, &both_began).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
}

#[test]
fn a_page_ends_its_own_play_and_no_other_pages() {
    let text = TEXT.replace("duration: 2h", "duration: 300d");
    let (_folder, path) = written(&text);
    serving(opened(&path), |served| {
        let host = format!("127.0.0.1:{}", served.port);
        let with = format!("X-Fleetcast-Token: {}\r\n", served.token);
        let ask = |body: &str| served.ask("POST /play", &host, &with, body).1;
        std::thread::scope(|scope| {
            let long = scope.spawn(|| ask("{\"page\":\"a\"}"));
            std::thread::sleep(std::time::Duration::from_millis(30));
            let other = ask("{\"page\":\"b\",\"set\":[[\"run.duration\",\"1h\"]]}");
            assert!(other.contains("\"played\":true"));
            assert!(long.join().unwrap().contains("\"played\":true"));
        });
    });
}

#[test]
fn a_page_that_stays_open_learns_that_the_file_changed() {
    let (_folder, path) = written(TEXT);
    serving(opened(&path), |served| {
        let host = format!("127.0.0.1:{}", served.port);
        let with = format!("X-Fleetcast-Token: {}\r\n", served.token);
        let body = json!({ "began": mark(TEXT) }).to_string();
        let look = || served.ask("POST /look", &host, &with, &body);
        assert_eq!(look(), (200, "{\"changed_on_disk\":false}".to_owned()));
        std::fs::write(&path, TEXT.replace("desiredCount: 2", "desiredCount: 3")).unwrap();
        assert_eq!(look(), (200, "{\"changed_on_disk\":true}".to_owned()));
        assert_eq!(served.ask("POST /look", &host, "", &body).0, 403);
        assert_eq!(served.ask("POST /look", &host, &with, "{}").0, 400);
    });
}

/// A running server, ended when it goes.
struct Served {
    port: u16,
    token: String,
}

impl Served {
    /// Sends a request; the status and the body.
    fn ask(&self, head: &str, host: &str, more: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer[9..12].parse().unwrap();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, body.to_owned())
    }
}

fn serving(session: Session, look: impl FnOnce(&Served)) {
    let stop = AtomicBool::new(false);
    let server = Server::bind(session, 0).unwrap();
    let url = server.url();
    let (host, token) = url.split_once("/?token=").unwrap();
    let served = Served {
        port: host.rsplit_once(':').unwrap().1.parse().unwrap(),
        token: token.to_owned(),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| server.run(&stop, || ()));
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(&served)));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Err(panic) = looked {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn only_the_page_with_the_token_is_answered() {
    let (_folder, path) = written(TEXT);
    serving(opened(&path), |served| {
        let host = format!("127.0.0.1:{}", served.port);
        let token = &served.token;
        let get = format!("GET /?token={token}");
        let (status, page) = served.ask(&get, &host, "", "");
        assert_eq!(status, 200);
        assert!(
            !page.contains("</script><script>alert"),
            "a text became markup"
        );
        let post = "POST /play";
        let with = format!("X-Fleetcast-Token: {token}\r\n");
        let (status, said) = served.ask(post, &host, &with, "{}");
        assert!(status == 200 && said.contains("\"played\":true"), "{said}");
        let own = format!("{with}Origin: http://{host}\r\n");
        assert_eq!(served.ask(post, &host, &own, "{}").0, 200);
        // Without the token, with another, from elsewhere, by another name: refused.
        let foreign = format!("{with}Origin: http://example.com\r\n");
        let null = format!("{with}Origin: null\r\n");
        let wrong = format!("X-Fleetcast-Token: {}\r\n", "0".repeat(token.len()));
        let refused = [
            served.ask("GET /", &host, "", ""),
            served.ask("GET /?token=", &host, "", ""),
            served.ask(post, &host, "", "{}"),
            served.ask(&format!("{post}?token={token}"), &host, "", "{}"),
            served.ask(post, &host, &wrong, "{}"),
            served.ask(post, &host, &foreign, "{}"),
            served.ask(post, &host, &null, "{}"),
            served.ask(&get, "example.com", "", ""),
            served.ask("POST /save", &host, "", "{\"text\":\"\"}"),
        ];
        for (index, (status, said)) in refused.iter().enumerate() {
            assert_eq!(*status, 403, "{index}: {said}");
            assert!(!said.contains("desiredCount"));
        }
        assert_eq!(served.ask(post, &host, &with, "no JSON").0, 400);
        assert_eq!(served.ask("POST /other", &host, &with, "{}").0, 404);
    });
}

#[test]
fn a_worker_that_does_not_end_keeps_nobody_waiting() {
    let (_folder, path) = written(TEXT);
    let server = Server::bind(opened(&path), 0).unwrap();
    let url = server.url();
    let (host, token) = url
        .trim_start_matches("http://")
        .split_once("/?token=")
        .unwrap();
    let (stop, left) = (AtomicBool::new(false), AtomicBool::new(false));
    let is_set = |flag: &AtomicBool| flag.load(std::sync::atomic::Ordering::Relaxed);
    std::thread::scope(|scope| {
        let leave = || left.store(true, std::sync::atomic::Ordering::Relaxed);
        let (server, stop) = (&server, &stop);
        scope.spawn(move || server.run(stop, leave));
        // A worker waits for a body that does not come.
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "POST /play HTTP/1.1\r\nHost: {host}\r\nX-Fleetcast-Token: {token}\r\n\
             Content-Length: 99999\r\n\r\n{{"
        );
        stream.write_all(request.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!is_set(&left), "nobody asked it to end");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(1_000));
        let has_left = is_set(&left);
        drop(stream);
        assert!(has_left, "it still waits");
    });
}

#[test]
fn a_port_in_use_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (_folder, path) = written(TEXT);
    let Err(error) = Server::bind(opened(&path), port) else {
        panic!("it was taken");
    };
    assert!(
        error
            .to_string()
            .starts_with(&format!("port {port} is in use")),
        "{error}"
    );
}
