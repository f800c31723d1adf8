//! What speaks to the browser: on this machine only, with who has the token only.

use std::io::Read;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response};

use super::page;
use super::session::{Session, Wish, mark};
use crate::scenario::source::FILE_BYTES_MAX;

/// Requests that are answered at once: a play, the ones that take its place, and short ones.
const WORKERS: usize = 4;
/// How long a worker waits before it looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long workers have to end by themselves when they are to.
const GRACE: Duration = Duration::from_millis(500);
/// The header that a page's requests carry the token in.
const TOKEN: &str = "X-Fleetcast-Token";
/// What a request is told that no page of this program sends.
const NOT_OURS: &str = "the request is not what a page of this version sends";
/// Bytes of a token.
const TOKEN_BYTES: usize = 16;

/// A page of a scenario, served to this machine.
pub struct Server {
    session: Session,
    http: tiny_http::Server,
    port: u16,
    token: String,
    /// Set to end the play of a worker, whose page has moved on. A run holds its flag as long as
    /// there is a program; so does a server, of which a program has one.
    superseded: &'static [AtomicBool; WORKERS],
    /// Which page each worker plays for.
    playing: Mutex<[Option<String>; WORKERS]>,
}

/// Why a page can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error("port {0} is in use; take another one with --port, or none: then a free one is found")]
    InUse(u16),
    /// The system refuses.
    #[error("can't listen on 127.0.0.1, port {0}: {1}")]
    System(u16, String),
}

/// What a request is answered with.
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn json(status: u16, value: &Value) -> Self {
        Answer {
            status,
            kind: "application/json",
            body: value.to_string(),
        }
    }

    fn refused(status: u16, why: &str) -> Self {
        Answer::json(status, &json!({ "refused": why }))
    }
}

impl Server {
    /// Listens on a port of 127.0.0.1; port 0 is any free one.
    ///
    /// # Errors
    /// If the port is taken, or the system refuses it or has no random numbers.
    pub fn bind(session: Session, port: u16) -> Result<Self, ServeError> {
        let system = |error: String| ServeError::System(port, error);
        let http = tiny_http::Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            let io = error.downcast_ref::<std::io::Error>();
            match io.map(std::io::Error::kind) {
                Some(std::io::ErrorKind::AddrInUse) => ServeError::InUse(port),
                _ => system(error.to_string()),
            }
        })?;
        let address = http.server_addr().to_ip();
        let port = address.map_or(port, |address| address.port());
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| system(error.to_string()))?;
        Ok(Server {
            session,
            http,
            port,
            token: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            superseded: Box::leak(Box::default()),
            playing: Mutex::default(),
        })
    }

    /// Where the page is, its token included.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// Answers requests until `stop` is set. A worker may be busy with a scenario for seconds then,
    /// where nothing asks it to end: `leave` is called if one is after half a second, while no file
    /// is being written; if it returns, the workers are waited for.
    pub fn run(&self, stop: &AtomicBool, leave: impl FnOnce()) {
        std::thread::scope(|scope| {
            let start = |worker| scope.spawn(move || self.work(worker, stop));
            let workers: Vec<_> = (0..WORKERS).map(start).collect();
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK_EVERY);
            }
            self.end_plays();
            let mut waited = Duration::ZERO;
            while workers.iter().any(|worker| !worker.is_finished()) {
                if GRACE <= waited {
                    self.session.between_writes(leave);
                    break;
                }
                std::thread::sleep(LOOK_EVERY);
                waited += LOOK_EVERY;
            }
        });
    }

    fn end_plays(&self) {
        for flag in self.superseded {
            flag.store(true, Ordering::Relaxed);
        }
    }

    fn work(&self, worker: usize, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            if let Ok(Some(mut request)) = self.http.recv_timeout(LOOK_EVERY) {
                let answer = self.answer(&mut request, worker);
                // Who does not wait for an answer gets none.
                let _ = request.respond(response(answer));
            }
        }
    }

    fn answer(&self, request: &mut Request, worker: usize) -> Answer {
        if let Some(why) = self.refusal(request) {
            return Answer::refused(403, why);
        }
        let path = request.url().split('?').next().unwrap_or_default();
        match (request.method(), path) {
            (Method::Get, "/") => Answer {
                status: 200,
                kind: "text/html; charset=utf-8",
                body: page::page(&self.session, &self.token),
            },
            (Method::Post, "/play") => match read(request) {
                Ok(body) => self.play(&body, worker),
                Err(answer) => answer,
            },
            (Method::Post, "/save") => match read(request) {
                Ok(body) => self.save(&body),
                Err(answer) => answer,
            },
            (Method::Post, "/look") => match read(request) {
                Ok(body) => self.look(&body),
                Err(answer) => answer,
            },
            (Method::Post, "/reload") => {
                let text = self.session.text();
                Answer::json(200, &json!({ "began": mark(&text), "text": text }))
            }
            _ => Answer::refused(404, "there is nothing"),
        }
    }

    /// Why a request is not answered: pages of other origins, names of other hosts that lead here,
    /// and programs without the token learn nothing.
    fn refusal(&self, request: &Request) -> Option<&'static str> {
        let header = |name: &'static str| {
            let found = request.headers().iter().find(|it| it.field.equiv(name));
            found.map(|it| it.value.as_str())
        };
        let hosts = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        if !header("Host").is_some_and(|host| hosts.iter().any(|known| known == host)) {
            return Some("the request is for another host");
        }
        let is_own = |origin: &str| {
            let origin = origin.strip_prefix("http://");
            hosts.iter().any(|host| Some(host.as_str()) == origin)
        };
        if header("Origin").is_some_and(|origin| !is_own(origin)) {
            return Some("the request comes from another origin");
        }
        let is_page = *request.method() == Method::Get;
        let token = match is_page {
            true => request.url().split_once("token=").map(|(_, token)| token),
            false => header(TOKEN),
        };
        match token.is_some_and(|token| is_same(token, &self.token)) {
            true => None,
            false => Some("the token is missing or another one: open the address that was printed"),
        }
    }

    fn play(&self, body: &str, worker: usize) -> Answer {
        let Ok(wish) = serde_json::from_str::<Wish>(body) else {
            return Answer::refused(400, NOT_OURS);
        };
        self.take_turn(worker, &wish.page);
        let said = self.session.play(&wish, &self.superseded[worker]);
        self.playing()[worker] = None;
        match said {
            Some(said) => Answer::json(200, &said),
            None => Answer::json(200, &json!({ "superseded": true })),
        }
    }

    /// Ends what is still played for a page that asks for something else now; what other pages
    /// wait for goes on.
    fn take_turn(&self, worker: usize, page: &str) {
        let mut playing = self.playing();
        for (at, of) in playing.iter().enumerate() {
            if at != worker && of.as_deref() == Some(page) {
                self.superseded[at].store(true, Ordering::Relaxed);
            }
        }
        self.superseded[worker].store(false, Ordering::Relaxed);
        playing[worker] = Some(page.to_owned());
    }

    fn playing(&self) -> MutexGuard<'_, [Option<String>; WORKERS]> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the file is another one than the page began with: it looks now and then.
    fn look(&self, body: &str) -> Answer {
        let wish = serde_json::from_str::<Wish>(body).ok();
        let Some(began) = wish.and_then(|wish| wish.began) else {
            return Answer::refused(400, NOT_OURS);
        };
        let is_changed = self.session.is_changed_on_disk(&began);
        Answer::json(200, &json!({ "changed_on_disk": is_changed }))
    }

    fn save(&self, body: &str) -> Answer {
        let wish = serde_json::from_str::<Wish>(body).ok();
        let Some((text, began)) = wish.and_then(|wish| wish.text.zip(wish.began)) else {
            return Answer::refused(400, NOT_OURS);
        };
        match self.session.save(&text, &began) {
            Ok(began) => Answer::json(200, &json!({ "began": began })),
            Err(error) => Answer::json(409, &json!({ "refused": error.to_string() })),
        }
    }
}

/// A request's body, as far as a scenario may be long.
fn read(request: &mut Request) -> Result<String, Answer> {
    let mut body = String::new();
    let most = 2 * FILE_BYTES_MAX;
    let read = request.as_reader().take(most + 1).read_to_string(&mut body);
    match read {
        Ok(bytes) if bytes as u64 <= most => Ok(body),
        Ok(_) => Err(Answer::refused(413, "a scenario has 64 MiB at most")),
        Err(_) => Err(Answer::refused(400, "the request's text is no UTF-8")),
    }
}

/// Whether two tokens are the same, in a time that does not tell how far.
fn is_same(one: &str, other: &str) -> bool {
    let unlike = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && unlike == 0
}

fn response(answer: Answer) -> Response<std::io::Cursor<Vec<u8>>> {
    let headers = [
        ("Content-Type", answer.kind),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", page::POLICY),
    ];
    let mut response = Response::from_string(answer.body).with_status_code(answer.status);
    for (name, value) in headers {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    response
}
