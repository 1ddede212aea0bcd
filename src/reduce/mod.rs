//! Reformulations of programs. Each file holds `apply` and the `pull_back` of what comes out.

pub mod conjugation;
pub mod real_form;
