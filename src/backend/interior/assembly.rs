//! The Schur complement M_kl = Re tr(A_k S⁻¹ A_l Z) + Σ_i a_ki a_li u_i/s_i.
//!
//! A column costs n² times the entries of A_l for U = S⁻¹ A_l Z, and one pass over the entries of all A_k with k ≥ l
//! for the Re tr(A_k U). Where the A_k partition the entries of a block, as the classes of a moment matrix do, that is
//! O(n⁴) for all of M. The two variables of a complex moment, A = D + D† and A′ = iD − iD†, share their products
//! S⁻¹DZ and S⁻¹D†Z and their pass: half of the work.

use faer::linalg::matmul::matmul_with_conj;
use faer::{Accum, Conj, Mat, MatMut, Par};
use num_complex::Complex64;
use rayon::prelude::*;

use crate::backend::data::{Data, Piece};
use crate::backend::field::{Field, Real};

/// Below this side products are summed entry by entry: a matrix product costs more to set up.
const SMALL_SIDE: usize = 12;
/// Fewer operations than this are not worth waking other threads for.
const PARALLEL_WORK: usize = 1 << 20;

/// What M is assembled from, in the order in which it is used.
pub struct Assembly<E: Field> {
    moments: Vec<Moment<E>>,
    blocks: Vec<Entries<E>>,
}

/// One variable, or two that are the parts of a complex moment.
struct Moment<E: Field> {
    /// The variable, or the first of the two.
    variable: usize,
    complex: bool,
    /// D by block.
    pieces: Vec<Piece<E>>,
}

/// The entries of all D in one block, by moment.
struct Entries<E: Field> {
    size: usize,
    /// (moment, the first of its entries), ascending.
    starts: Vec<(u32, u32)>,
    entries: Vec<Entry<E>>,
}

/// An entry of D, and where it and its mirror stand in a matrix that is stored column by column.
#[derive(Clone, Copy)]
struct Entry<E> {
    at: u32,
    mirror: u32,
    value: E,
}

impl<E: Field> Assembly<E> {
    /// That of a program.
    pub fn new(data: &Data<E>) -> Self {
        let mut moments = Vec::new();
        let mut variable = 0;
        while variable < data.variables() {
            let partner = data.columns.get(variable + 1);
            let both = partner.and_then(|partner| complex_moment(&data.columns[variable], partner));
            let complex = both.is_some();
            let pieces = both.unwrap_or_else(|| data.columns[variable].iter().map(half).collect());
            moments.push(Moment { variable, complex, pieces });
            variable += if complex { 2 } else { 1 };
        }
        let mut blocks: Vec<Entries<E>> = data.blocks.iter().map(|block| Entries::new(block.size)).collect();
        for (number, moment) in moments.iter().enumerate() {
            for piece in &moment.pieces {
                blocks[piece.block].add(number, piece);
            }
        }
        Self { moments, blocks }
    }

    /// The lower triangle of M, stored column by column, from S⁻¹ and Z of every block and u/s of every inequality.
    pub fn fill(
        &self,
        data: &Data<E>,
        inverse: &[Mat<E>],
        z: &[Mat<E>],
        ratios: &[E::Real],
        matrix: &mut [E::Real],
    ) {
        let m = data.variables();
        let mut columns = Vec::with_capacity(self.moments.len());
        let mut rest = matrix;
        for moment in &self.moments {
            let (own, others) = rest.split_at_mut(if moment.complex { 2 * m } else { m });
            columns.push((moment, own));
            rest = others;
        }
        let fill = |scratch: &mut Scratch<E>,
                    (number, (moment, own)): (usize, (&Moment<E>, &mut [E::Real]))| {
            own.fill(E::Real::real(0.0));
            for piece in &moment.pieces {
                let (inverse, z) = (&inverse[piece.block], &z[piece.block]);
                let block = &self.blocks[piece.block];
                if moment.complex {
                    scratch.both(piece, inverse, z);
                    self.add_complex(number, block, &scratch.products, own.split_at_mut(m));
                } else {
                    scratch.sum(piece, inverse, z);
                    self.add_real(number, block, &scratch.products[0], own);
                }
            }
            for (l, column) in (moment.variable..).zip(own.chunks_mut(m)) {
                for &(row, value) in &data.scalar_columns[l] {
                    let weight = value * ratios[row as usize];
                    for &(k, other) in &data.inequalities[row as usize].terms {
                        column[k as usize] += weight * other;
                    }
                }
            }
        };
        let largest = self.blocks.iter().map(|block| block.size).max().unwrap_or(0);
        let entries: usize = self.blocks.iter().map(|block| block.entries.len()).sum();
        if m * entries < PARALLEL_WORK {
            let mut scratch = Scratch::new(largest);
            columns.into_iter().enumerate().for_each(|item| fill(&mut scratch, item));
        } else {
            columns.into_par_iter().enumerate().for_each_init(|| Scratch::new(largest), fill);
        }
    }

    /// Adds Re tr(A_k U) for the variables of the moments from the given one on.
    fn add_real(&self, from: usize, block: &Entries<E>, u: &[E], column: &mut [E::Real]) {
        for (moment, entries) in block.from(from) {
            let Moment { variable: k, complex, .. } = self.moments[moment];
            let (direct, adjoint) = traces(entries, u);
            column[k] += (direct + adjoint).re();
            if complex {
                column[k + 1] += imaginary(adjoint - direct);
            }
        }
    }

    /// The same for the two columns of a complex moment, with U = P + Q and U = iP − iQ.
    fn add_complex(
        &self,
        from: usize,
        block: &Entries<E>,
        [p, q]: &[Vec<E>; 2],
        (first, second): (&mut [E::Real], &mut [E::Real]),
    ) {
        for (moment, entries) in block.from(from) {
            let Moment { variable: k, complex, .. } = self.moments[moment];
            let (direct_p, adjoint_p) = traces(entries, p);
            let (direct_q, adjoint_q) = traces(entries, q);
            let (direct, adjoint) = (direct_p + direct_q, adjoint_p + adjoint_q);
            first[k] += (direct + adjoint).re();
            let (direct_i, adjoint_i) = (direct_p - direct_q, adjoint_p - adjoint_q);
            second[k] += -imaginary(direct_i + adjoint_i);
            if complex {
                first[k + 1] += imaginary(adjoint - direct);
                second[k + 1] += (adjoint_i - direct_i).re();
            }
        }
    }
}

impl<E: Field> Entries<E> {
    fn new(size: usize) -> Self {
        Self { size, starts: Vec::new(), entries: Vec::new() }
    }

    fn add(&mut self, moment: usize, piece: &Piece<E>) {
        self.starts.push((moment as u32, self.entries.len() as u32));
        let size = self.size as u32;
        self.entries.extend(piece.entries.iter().map(|&(row, column, value)| Entry {
            at: row + column * size,
            mirror: column + row * size,
            value,
        }));
    }

    /// The moments from the given one on, with their entries.
    fn from(&self, moment: usize) -> impl Iterator<Item = (usize, &[Entry<E>])> {
        let begin = self.starts.partition_point(|&(other, _)| (other as usize) < moment);
        let starts = &self.starts[begin..];
        let ends = starts.iter().skip(1).map(|&(_, start)| start as usize);
        let ends = ends.chain(std::iter::once(self.entries.len()));
        starts
            .iter()
            .zip(ends)
            .map(|(&(moment, start), end)| (moment as usize, &self.entries[start as usize..end]))
    }
}

/// tr(DU) and tr(D†U).
fn traces<E: Field>(entries: &[Entry<E>], u: &[E]) -> (E, E) {
    let zero = E::of(0.0.into());
    let (mut direct, mut adjoint) = (zero, zero);
    for entry in entries {
        direct += entry.value * u[entry.mirror as usize];
        adjoint += entry.value.conjugate() * u[entry.at as usize];
    }
    (direct, adjoint)
}

fn imaginary<E: Field>(value: E) -> E::Real {
    (value * E::of(-Complex64::I)).re()
}

/// D with A = D + D†: the entries above the diagonal, and half of those on it.
fn half<E: Field>(piece: &Piece<E>) -> Piece<E> {
    let half = E::of(0.5.into());
    let entries = piece
        .entries
        .iter()
        .map(|&(row, column, value)| (row, column, if row == column { value * half } else { value }));
    Piece { block: piece.block, entries: entries.collect() }
}

/// D with A = D + D† and A′ = iD − iD†, if there is one without entries on the diagonal.
fn complex_moment<E: Field>(real: &[Piece<E>], imaginary: &[Piece<E>]) -> Option<Vec<Piece<E>>> {
    let matched = |(a, b): (&Piece<E>, &Piece<E>)| {
        if a.block != b.block || a.entries.len() != b.entries.len() {
            return None;
        }
        let entries =
            a.entries.iter().zip(&b.entries).map(|(&(row, column, v), &(other_row, other_column, w))| {
                if (row, column) != (other_row, other_column) || row == column {
                    return None;
                }
                let turned = Complex64::I * v.to_complex();
                match w.to_complex() {
                    w if w == turned => Some((row, column, v)),
                    w if w == -turned => Some((column, row, v.conjugate())),
                    _ => None,
                }
            });
        Some(Piece { block: a.block, entries: entries.collect::<Option<_>>()? })
    };
    (real.len() == imaginary.len()).then(|| real.iter().zip(imaginary).map(matched).collect())?
}

/// Reused memory of one thread.
struct Scratch<E: Field> {
    left: Mat<E>,
    right: Mat<E>,
    /// Matrices, column by column.
    products: [Vec<E>; 2],
}

impl<E: Field> Scratch<E> {
    fn new(side: usize) -> Self {
        let zero = vec![E::of(0.0.into()); side * side];
        Self { left: Mat::zeros(side, 0), right: Mat::zeros(side, 0), products: [zero.clone(), zero] }
    }

    /// S⁻¹(D + D†)Z in the first place.
    fn sum(&mut self, piece: &Piece<E>, inverse: &Mat<E>, z: &Mat<E>) {
        let entries = piece.entries.iter().flat_map(|&(row, column, value)| {
            // What is on the diagonal is real, and half of the entry.
            let mirrored = (row != column).then(|| (column, row, value.conjugate()));
            let direct = if row == column { value + value } else { value };
            std::iter::once((row, column, direct)).chain(mirrored)
        });
        self.product(0, entries, inverse, z);
    }

    /// S⁻¹DZ in the first place and S⁻¹D†Z in the second.
    fn both(&mut self, piece: &Piece<E>, inverse: &Mat<E>, z: &Mat<E>) {
        let adjoint = piece.entries.iter().map(|&(row, column, value)| (column, row, value.conjugate()));
        self.product(0, piece.entries.iter().copied(), inverse, z);
        self.product(1, adjoint, inverse, z);
    }

    /// Σ v·(column p of S⁻¹)(row q of Z) over entries (p, q, v).
    fn product(
        &mut self,
        place: usize,
        entries: impl Iterator<Item = (u32, u32, E)>,
        inverse: &Mat<E>,
        z: &Mat<E>,
    ) {
        let n = inverse.nrows();
        let product = &mut self.products[place][..n * n];
        let entries = entries.map(|(p, q, value)| (p as usize, q as usize, value));
        if n <= SMALL_SIDE || !E::NATIVE {
            product.fill(E::of(0.0.into()));
            for (p, q, value) in entries {
                let from = inverse.col_as_slice(p);
                for (j, column) in product.chunks_mut(n).enumerate() {
                    let factor = value * z[(q, j)];
                    column.iter_mut().zip(from).for_each(|(sum, &entry)| *sum += entry * factor);
                }
            }
            return;
        }
        let mut used = 0;
        for (p, q, value) in entries {
            if self.left.ncols() == used {
                let side = self.left.nrows();
                self.left.resize_with(side, 2 * used + 4, |_, _| E::of(0.0.into()));
                self.right.resize_with(side, 2 * used + 4, |_, _| E::of(0.0.into()));
            }
            let (from, to) = (inverse.col_as_slice(p), &mut self.left.col_as_slice_mut(used)[..n]);
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = from * value);
            self.right.col_as_slice_mut(used)[..n].copy_from_slice(z.col_as_slice(q));
            used += 1;
        }
        // Row q of the Hermitian Z is the adjoint of its column q.
        matmul_with_conj(
            MatMut::from_column_major_slice_mut(product, n, n),
            Accum::Replace,
            self.left.get(..n, ..used),
            Conj::No,
            self.right.get(..n, ..used).transpose(),
            Conj::Yes,
            E::of(1.0.into()),
            Par::Seq,
        );
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;
    use num_complex::Complex64;

    use super::Assembly;
    use crate::backend::data::Data;
    use crate::program::{Affine, Block, BlockEntry, Program};

    /// Numbers without pattern, the same every time.
    struct Draw(u64);

    impl Draw {
        fn number(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        }

        fn complex(&mut self) -> Complex64 {
            Complex64::new(self.number(), self.number())
        }
    }

    /// Entries of the upper triangle dealt out to moments: every third real, the others complex, some of whose entries
    /// are those of the adjoint.
    fn block(draw: &mut Draw, size: u32, moments: u32) -> Block {
        let mut entries = Vec::new();
        for column in 0..size {
            for row in 0..=column {
                let moment = (entries.len() as u32 * 7 + column) % moments;
                let value = draw.complex();
                let (first, is_real) = (moment / 3 * 5 + moment % 3 * 2, moment % 3 == 2);
                let turn = if draw.number() > 0.0 { Complex64::I } else { -Complex64::I };
                let terms = match (row == column, is_real) {
                    (true, true) => vec![(first, value.re.into())],
                    (true, false) => Vec::new(),
                    (false, true) => vec![(first, value)],
                    (false, false) => vec![(first, value), (first + 1, value * turn)],
                };
                entries.push(BlockEntry { row, column, constant: Complex64::ZERO, terms: terms.into() });
            }
        }
        Block { size: size as usize, entries, trace_bound: 1.0 }
    }

    /// On both sides of the size from which products are those of matrices.
    #[test]
    fn is_what_it_says() {
        let draw = &mut Draw(5);
        let mut program = Program::default();
        let variables = 20;
        for _ in 0..variables {
            program.add_variable(0.0, 1.0);
        }
        program.blocks = vec![block(draw, 7, 12), block(draw, 14, 12)];
        program.inequalities =
            vec![Affine { constant: 1.0, terms: vec![(1, 0.5), (4, -2.0), (variables - 1, 1.0)] }];
        let data = Data::<Complex64>::new(&program);
        let assembly = Assembly::new(&data);
        assert_eq!(assembly.moments.iter().filter(|moment| moment.complex).count(), 8);
        let mut hermitian = |n: usize| {
            let matrix = Mat::from_fn(n, n, |_, _| draw.complex());
            &matrix * matrix.adjoint()
        };
        let inverse: Vec<_> = program.blocks.iter().map(|block| hermitian(block.size)).collect();
        let z: Vec<_> = program.blocks.iter().map(|block| hermitian(block.size)).collect();
        let m = program.variables();
        let mut matrix = vec![f64::NAN; m * m];
        assembly.fill(&data, &inverse, &z, &[3.0], &mut matrix);
        let of = |k: usize| -> Vec<f64> { (0..m).map(|l| if l == k { 1.0 } else { 0.0 }).collect() };
        for l in 0..m {
            for k in l..m {
                let row = &data.inequalities[0];
                let mut expected = 3.0 * row.linear(&of(k)) * row.linear(&of(l));
                for (j, block) in data.blocks.iter().enumerate() {
                    let product = block.linear(&of(k)) * &inverse[j] * block.linear(&of(l)) * &z[j];
                    expected += (0..block.size).map(|i| product[(i, i)].re).sum::<f64>();
                }
                // Some hundred terms of order one.
                assert!((matrix[l * m + k] - expected).abs() < 1e-11, "{k} {l}");
            }
        }
    }
}
