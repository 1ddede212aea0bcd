//! Levels of the hierarchy and their moment matrices [Theory §2].

mod conjugation;
mod determined;
mod face;
mod level;
mod matrix;

pub use conjugation::Conjugation;
pub use determined::{Determined, Other, determined_moments, letter_operator, letter_weights, nonzero_words};
pub use face::{Face, Vanishing, VanishingProduct, vanishing};
pub use level::{Level, LevelError};
pub use matrix::{Class, Entry, MissingMoment, MomentMatrix};
