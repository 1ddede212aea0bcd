//! The parts of an iteration by themselves, for `benches/parts.rs`.

use faer::Mat;
use num_complex::Complex64;

use super::assembly::Assembly;
use super::cone::Factor;
use super::schur::Schur;
use crate::backend::data::Data;
use crate::backend::field::{Field, Real};
use crate::program::Program;

/// Assembly and factorisation of the Schur complement of a program, at S = Z = 1.
pub struct Parts(Kind);

enum Kind {
    Real(Of<f64>),
    Complex(Of<Complex64>),
}

struct Of<E: Field> {
    data: Data<E>,
    assembly: Assembly<E>,
    schur: Schur<E::Real>,
    identity: Vec<Mat<E>>,
    ratios: Vec<E::Real>,
}

impl Parts {
    /// Those of a program.
    pub fn new(program: &Program) -> Self {
        let real = program.blocks.iter().all(|block| block.is_real());
        Self(if real { Kind::Real(Of::new(program)) } else { Kind::Complex(Of::new(program)) })
    }

    /// Assembles the Schur complement.
    pub fn assemble(&mut self) {
        match &mut self.0 {
            Kind::Real(of) => of.assemble(),
            Kind::Complex(of) => of.assemble(),
        }
    }

    /// Factorises what was assembled; whether that worked.
    pub fn factorise(&mut self) -> bool {
        match &mut self.0 {
            Kind::Real(of) => of.schur.factorise(),
            Kind::Complex(of) => of.schur.factorise(),
        }
    }

    /// Factorises S and finds how far a step may go.
    pub fn step_length(&self) -> Option<f64> {
        match &self.0 {
            Kind::Real(of) => of.step_length(),
            Kind::Complex(of) => of.step_length(),
        }
    }
}

impl<E: Field> Of<E> {
    fn new(program: &Program) -> Self {
        let data = Data::<E>::new(program);
        let identity = data.blocks.iter().map(|block| Mat::identity(block.size, block.size)).collect();
        let ratios = vec![<E::Real>::real(1.0); data.inequalities.len()];
        let (assembly, schur) = (Assembly::new(&data), Schur::new(data.variables()));
        Self { data, assembly, schur, identity, ratios }
    }

    fn assemble(&mut self) {
        self.schur.assemble(&self.assembly, &self.data, &self.identity, &self.identity, &self.ratios);
    }

    fn step_length(&self) -> Option<f64> {
        let ones = vec![<E::Real>::real(1.0); self.data.variables()];
        let blocks = self.identity.iter().zip(&self.data.blocks);
        let lengths = blocks.map(|(s, block)| Factor::new(s)?.longest_step(&block.linear(&ones), 1.0));
        lengths.reduce(|a, b| Some(a?.min(b?))).flatten()
    }
}
