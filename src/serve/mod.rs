//! A page on which a scenario is moved and watched: `fleetcast serve`.
//!
//! A [`Session`] holds the scenario's file: it says what can be moved, plays what was moved, and
//! saves the text. [`Server`] speaks to a browser of this machine, with nobody else.

mod answer;
mod figures;
mod page;
mod server;
mod session;
#[cfg(test)]
mod tests;

pub use server::{ServeError, Server};
pub use session::{SaveError, Session};
