//! Quantum bounds, post-quantum verdicts and noise thresholds for bipartite steering.
//!
//! Alice holds a black box and steers Bob's quantum system. Given a problem file, this crate
//! answers whether the assemblage of Bob's states is quantum, how far beyond it lies, and how much
//! noise it takes, by the hierarchy of moment problems of [Theory §2–3] (see `ARCHITECTURE.md`,
//! which also holds the bibliography).
//!
//! The modules read in the order of the data flow; each imports only those before it:
//!
//! [`num`] exact numbers · [`linalg`] dense kernels · [`scenario`] devices, assemblages, validity · [`model`]
//! explicit quantum models ·
//! [`algebra`] letters, words, normal form · [`moments`] levels and moment matrices · [`program`] cone programs and duality · [`reduce`] reformulations · [`backend`]
//! solvers · [`seesaw`] the search for models · [`realise`] maps from a reference: the Choi question · [`problem`] files and formulas · [`certificate`] what a checker proves · [`report`] results and how they look · [`journal`] results that survive · [`pipeline`] which composes them · [`cli`].

pub mod algebra;
pub mod backend;
pub mod certificate;
pub mod cli;
pub mod journal;
pub mod linalg;
pub mod model;
pub mod moments;
pub mod num;
pub mod pipeline;
pub mod problem;
pub mod program;
pub mod realise;
pub mod reduce;
pub mod report;
pub mod scenario;
pub mod seesaw;
pub mod symmetry;
