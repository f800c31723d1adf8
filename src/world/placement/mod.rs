//! The index that answers placement: instances by what is free on them, in classes of one zone and
//! one set of lasting attributes. What the rules mean stays in `policy::placement`; a property test
//! holds both to the same answers.

mod cells;
mod firsts;
mod hosting;
mod index;
mod members;
mod node;
mod order;
mod place;
mod question;
mod rules;
mod sorting;
#[cfg(test)]
mod tests;
mod tree;

pub use hosting::Hosting;
pub use index::{ClassId, PlacementIndex};
pub use question::{Live, Question};
