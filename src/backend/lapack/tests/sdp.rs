//! Clarabel on these symbols.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

/// Optimal value of: minimize `sign·Σ_{i<j} X_ij` over positive semidefinite n × n matrices X with
/// unit diagonal.
fn sum_over_correlations(n: usize, sign: f64) -> f64 {
    // Variables: the entries above the diagonal, by columns. Clarabel's slack for the cone is the
    // upper triangle by columns, off-diagonal entries times √2, and equals b − A·x.
    let variables = n * (n - 1) / 2;
    let (mut rows, mut b) = (Vec::new(), Vec::new());
    for j in 0..n {
        for _ in 0..j {
            rows.push(b.len());
            b.push(0.0);
        }
        b.push(1.0);
    }
    let a =
        CscMatrix::new(b.len(), variables, (0..=variables).collect(), rows, vec![-f64::sqrt(2.0); variables]);
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let mut solver = DefaultSolver::new(
        &CscMatrix::zeros((variables, variables)),
        &vec![sign; variables],
        &a,
        &b,
        &[SupportedConeT::PSDTriangleConeT(n)],
        settings,
    )
    .unwrap();
    solver.solve();
    assert_eq!(solver.solution.status, SolverStatus::Solved);
    solver.solution.obj_val
}

/// Clarabel's default relative gap is 1e-8; the optimal values here are of the order n².
#[test]
fn clarabel_solves_a_semidefinite_program() {
    // Orders up to 3 bypass LAPACK.
    for n in [4, 6, 11] {
        let size = n as f64;
        // All entries 1 is feasible and no entry exceeds 1.
        let highest = -sum_over_correlations(n, -1.0);
        assert!((highest - size * (size - 1.0) / 2.0).abs() < 1e-6 * size * size);
        // The sum over all of X, n + 2·Σ, is not negative, and vanishes for vectors adding to zero.
        let lowest = sum_over_correlations(n, 1.0);
        assert!((lowest + size / 2.0).abs() < 1e-6 * size * size);
    }
}
