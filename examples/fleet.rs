//! Prints the scenario of the bench `fleet/simulate`, to be played by the whole program:
//! `cargo run --release --example fleet -- [services] [days] > fleet.yaml`.

#[path = "../benches/shared/fleet.rs"]
mod fleet;

fn main() {
    let mut sizes = std::env::args().skip(1);
    let mut size = |usual: u32| match sizes.next() {
        Some(text) => text.parse().expect("a count of services, a count of days"),
        None => usual,
    };
    let (services, days) = (size(100), size(30));
    print!("{}", fleet::scenario(services as usize, days));
}
