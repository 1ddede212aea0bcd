//! A program in the shape that the method needs: entries by position, and by variable.

use faer::Mat;

use super::field::{Field, Real};
use crate::program::{Affine, Block, Program};

/// max b·y over C_j + Σ_k y_k A_jk ⪰ 0, c + a·y ≥ 0, e + E·y = 0 (page of [`crate::program`]).
#[derive(Debug)]
pub struct Data<E: Field> {
    /// b.
    pub objective: Vec<E::Real>,
    /// The Hermitian blocks.
    pub blocks: Vec<BlockData<E>>,
    /// The inequalities.
    pub inequalities: Vec<Row<E::Real>>,
    /// The equalities.
    pub equalities: Vec<Row<E::Real>>,
    /// A_k by variable: what it is in every block that it occurs in.
    pub columns: Vec<Vec<Piece<E>>>,
    /// The inequalities that a variable occurs in, with its coefficient.
    pub scalar_columns: Vec<Vec<(u32, E::Real)>>,
}

/// C + Σ_k y_k A_k.
#[derive(Debug)]
pub struct BlockData<E: Field> {
    /// Side.
    pub size: usize,
    /// C.
    pub constant: Mat<E>,
    /// The entries of the upper triangle that depend on variables.
    pub cells: Vec<Cell>,
    /// (variable, coefficient), cell by cell.
    pub terms: Vec<(u32, E)>,
}

/// An entry of the upper triangle and where its terms stand.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Row ≤ column.
    pub row: u32,
    /// Column.
    pub column: u32,
    start: u32,
    end: u32,
}

/// A_k in one block: entries of the upper triangle.
#[derive(Debug)]
pub struct Piece<E: Field> {
    /// The block.
    pub block: usize,
    /// (row, column, value), row ≤ column.
    pub entries: Vec<(u32, u32, E)>,
}

/// constant + Σ coefficient·y.
#[derive(Debug)]
pub struct Row<R> {
    /// The constant part.
    pub constant: R,
    /// (variable, coefficient).
    pub terms: Vec<(u32, R)>,
}

impl<E: Field> BlockData<E> {
    fn new(block: &Block) -> Self {
        let size = block.size;
        let mut constant = Mat::zeros(size, size);
        let (mut cells, mut terms) = (Vec::new(), Vec::new());
        for entry in &block.entries {
            let (row, column) = (entry.row as usize, entry.column as usize);
            constant[(row, column)] = E::of(entry.constant);
            constant[(column, row)] = E::of(entry.constant.conj());
            let start = terms.len() as u32;
            terms.extend(entry.terms.iter().map(|&(k, value)| (k, E::of(value))));
            let end = terms.len() as u32;
            if end > start {
                cells.push(Cell { row: entry.row, column: entry.column, start, end });
            }
        }
        Self { size, constant, cells, terms }
    }

    /// (row, column, terms) of every cell.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, &[(u32, E)])> {
        self.cells.iter().map(|cell| {
            let terms = &self.terms[cell.start as usize..cell.end as usize];
            (cell.row as usize, cell.column as usize, terms)
        })
    }

    /// Σ_k y_k A_k.
    pub fn linear(&self, y: &[E::Real]) -> Mat<E> {
        let mut matrix = Mat::zeros(self.size, self.size);
        for (row, column, terms) in self.cells() {
            let mut value = E::of(0.0.into());
            for &(k, coefficient) in terms {
                value += coefficient * E::from_real(y[k as usize]);
            }
            matrix[(column, row)] = value.conjugate();
            matrix[(row, column)] = value;
        }
        matrix
    }

    /// Adds ⟨Z, A_k⟩ for every variable.
    pub fn add_pairings(&self, z: &Mat<E>, image: &mut [E::Real]) {
        for (row, column, terms) in self.cells() {
            let entry = z[(row, column)].conjugate();
            let entry = if row == column { entry } else { entry + entry };
            for &(k, coefficient) in terms {
                image[k as usize] += (entry * coefficient).re();
            }
        }
    }
}

impl<R: Real> Row<R> {
    fn new(form: &Affine) -> Self {
        let terms = form.terms.iter().map(|&(k, value)| (k, R::real(value))).collect();
        Self { constant: R::real(form.constant), terms }
    }

    /// Σ coefficient·y.
    pub fn linear(&self, y: &[R]) -> R {
        let mut sum = R::real(0.0);
        for &(k, value) in &self.terms {
            sum += value * y[k as usize];
        }
        sum
    }
}

impl<E: Field> Data<E> {
    /// The program's data in this field.
    pub fn new(program: &Program) -> Self {
        let blocks: Vec<BlockData<E>> = program.blocks.iter().map(BlockData::new).collect();
        let rows = |forms: &[Affine]| forms.iter().map(Row::new).collect::<Vec<_>>();
        let mut columns: Vec<Vec<Piece<E>>> = (0..program.variables()).map(|_| Vec::new()).collect();
        for (number, block) in blocks.iter().enumerate() {
            for (row, column, terms) in block.cells() {
                for &(k, value) in terms {
                    let pieces = &mut columns[k as usize];
                    if pieces.last().is_none_or(|piece| piece.block != number) {
                        pieces.push(Piece { block: number, entries: Vec::new() });
                    }
                    if let Some(piece) = pieces.last_mut() {
                        piece.entries.push((row as u32, column as u32, value));
                    }
                }
            }
        }
        let inequalities = rows(&program.inequalities);
        let mut scalar_columns: Vec<Vec<(u32, E::Real)>> = vec![Vec::new(); program.variables()];
        for (number, row) in inequalities.iter().enumerate() {
            for &(k, value) in &row.terms {
                scalar_columns[k as usize].push((number as u32, value));
            }
        }
        Self {
            objective: program.objective.iter().map(|&b| <E::Real>::real(b)).collect(),
            blocks,
            inequalities,
            equalities: rows(&program.equalities),
            columns,
            scalar_columns,
        }
    }

    /// 𝒜(Z) + aᵀu, added to `image`.
    pub fn add_pairings(&self, z: &[Mat<E>], u: &[E::Real], image: &mut [E::Real]) {
        for (block, z) in self.blocks.iter().zip(z) {
            block.add_pairings(z, image);
        }
        for (row, &u) in self.inequalities.iter().zip(u) {
            row.terms.iter().for_each(|&(k, value)| image[k as usize] += value * u);
        }
    }

    /// The diagonal of 𝒜𝒜* + aᵀa: all of it where the A_k partition the entries.
    pub fn squared_norms(&self) -> Vec<E::Real> {
        let mut norms = vec![E::Real::real(0.0); self.variables()];
        for (row, column, terms) in self.blocks.iter().flat_map(BlockData::cells) {
            let weight = E::Real::real(if row == column { 1.0 } else { 2.0 });
            for &(k, value) in terms {
                norms[k as usize] += weight * (value * value.conjugate()).re();
            }
        }
        for &(k, value) in self.inequalities.iter().flat_map(|row| &row.terms) {
            norms[k as usize] += value * value;
        }
        norms
    }

    /// The number of variables m.
    pub fn variables(&self) -> usize {
        self.objective.len()
    }

    /// The barrier's degree ν: the sides of all blocks and the number of inequalities.
    pub fn degree(&self) -> usize {
        self.blocks.iter().map(|block| block.size).sum::<usize>() + self.inequalities.len()
    }
}
