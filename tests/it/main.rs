//! The one integration binary: links once.

mod layers;
mod source;
mod tidy;
