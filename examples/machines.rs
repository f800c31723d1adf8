//! Prints the scenarios of the bench `placement`, to be played by the whole program:
//! `cargo run --release --example machines -- tasks|instant|metrics [tasks] [machines]`, or
//! `-- days [services] [tasks at once] [machines] [days]`.

#[path = "../benches/shared/machines.rs"]
mod machines;

use machines::Phases;

fn main() {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let mut size = |usual: usize| match words.next() {
        Some(text) => text.parse().expect("a whole number"),
        None => usual,
    };
    let text = match what.as_str() {
        "days" => {
            let (services, at_once, machines) = (size(500), size(12_000), size(5_000));
            machines::days(services, at_once, machines, size(7) as u32)
        }
        "instant" => machines::tasks(size(1_000_000), size(2_000), Phases::None, "summary"),
        "metrics" => machines::tasks(
            size(1_000_000),
            size(2_000),
            Phases::Default,
            "{ metrics: 1m, events: none, tasks: none, decisions: none }",
        ),
        _ => machines::tasks(size(1_000_000), size(2_000), Phases::Default, "summary"),
    };
    print!("{text}");
}
