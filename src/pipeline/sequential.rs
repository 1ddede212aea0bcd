//! Sequential scenarios: every assemblage is quantum, so a model is found without a search, and the quantum values of a
//! functional are those of the general set.

use faer::Mat;
use num_complex::Complex64;
use serde_json::json;

use super::bound::{BOUND, COEFFICIENTS, assemblage_value};
use super::elements::rows;
use super::prove::quantity;
use super::{Error, Options, subject};
use crate::backend::{Dimensions, check_memory};
use crate::certificate::{Certificate, Verified, step_bounds};
use crate::model::{Branch, SequentialModel, deviation, sequential_ghjw};
use crate::num::{Matrix, Number};
use crate::problem::Problem;
use crate::program::{self, Program, Solution, repair};
use crate::report::{
    BoundReport, Bounds, BranchParts, CertifyReport, Evidence, Quantity, SequentialEvidence, SequentialParts,
    SolverRun, StepOperator, StepParts, Verdict,
};
use crate::scenario::{
    Assemblage, Functional, History, Index, Labels, OperatorTable, Scenario, Sense, Steps,
};

/// A valid assemblage is quantum: its model, and a certificate that the assemblage is quantum exactly; or, where rounding
/// has left an element that is not quite positive, how near a quantum one is.
pub(super) fn certify(problem: &Problem, assemblage: &Assemblage) -> Result<CertifyReport, Error> {
    let scenario = &problem.scenario;
    let model = sequential_ghjw(scenario, assemblage)?;
    let missed = deviation(&model.assemblage(scenario), assemblage);
    let proved = |certificate: Certificate| certificate.titled(problem.title.as_deref()).verify().ok();
    let exact = assemblage.exactly_no_signalling(scenario);
    let exactly = proved(Certificate::ghjw(scenario, &exact));
    let near = || -> Result<Option<Verified>, Error> {
        let near = assemblage.positive_nearby(scenario)?;
        Ok(proved(Certificate::near_quantum(scenario, &exact, &near)))
    };
    let (certificate, exactly) = match exactly {
        Some(verified) => (Some(verified), true),
        None => (near()?, false),
    };
    let evidence = SequentialEvidence {
        alice: model.alice(),
        deviation: missed,
        exactly,
        certified: certificate.as_ref().filter(|_| !exactly).map(|verified| verified.decimal.clone()),
        model: parts(scenario, &model),
    };
    Ok(CertifyReport {
        subject: subject(problem),
        verdict: Verdict::Quantum,
        verified: certificate.is_some(),
        violation: None,
        certificate: certificate.map(|verified| verified.text),
        model: Some(model_file(problem, &evidence)),
        evidence: Evidence::SequentialModel(evidence),
        margin: None,
        level: None,
        size: None,
        solver: None,
    })
}

fn parts(scenario: &Scenario, model: &SequentialModel) -> SequentialParts {
    let steps = Steps::of(scenario);
    let (settings, outcomes) = (scenario.settings(), scenario.outcomes());
    let step = |(k, branches): (usize, &Vec<Branch>)| {
        let branch = |(history, branch): (History, &Branch)| {
            // Any element that starts like this names what has happened.
            let first = steps.summands(k, history, 0).next();
            let labels = |tuple: Vec<i64>| tuple.into_iter().take(k).collect::<Vec<i64>>();
            let elements = branch.operators.iter().enumerate().flat_map(|(x, operators)| {
                operators.iter().enumerate().map(move |(a, operator)| StepOperator {
                    a: outcomes.steps().get(k).map_or(0, |labels| labels.get(a)),
                    x: settings.steps().get(k).map_or(0, |labels| labels.get(x)),
                    matrix: rows(operator),
                })
            });
            BranchParts {
                a: first.map(|index| labels(outcomes.tuple(index.a))).unwrap_or_default(),
                x: first.map(|index| labels(settings.tuple(index.x))).unwrap_or_default(),
                dimension: branch.dimension,
                elements: elements.collect(),
            }
        };
        StepParts {
            operators: if k + 1 == steps.count() { "povm" } else { "kraus" },
            branches: steps.histories(k).zip(branches).map(branch).collect(),
        }
    };
    SequentialParts { state: rows(&model.state), steps: model.steps.iter().enumerate().map(step).collect() }
}

/// The model as a file of its own.
fn model_file(problem: &Problem, evidence: &SequentialEvidence) -> String {
    let scenario = &problem.scenario;
    let lists = |labels: &Labels| {
        labels.steps().iter().map(|step| step.iter().collect::<Vec<i64>>()).collect::<Vec<_>>()
    };
    let file = json!({
        "format": "steerq-sequential-model",
        "version": 1,
        "title": problem.title,
        "scenario": {
            "kind": scenario.kind.name(),
            "settings": lists(scenario.settings()),
            "outcomes": lists(scenario.outcomes()),
            "dimension": scenario.dimension(),
        },
        "model": evidence.model,
        "deviation": evidence.deviation,
    });
    format!("{file}\n")
}

/// The values of a functional: quantum and no-signalling ones are the same.
pub(super) fn bound(
    problem: &Problem,
    functional: &Functional,
    assemblage: Option<&Assemblage>,
    options: &Options<'_>,
) -> Result<BoundReport, Error> {
    const LEVEL: &str = "general set";
    let scenario = &problem.scenario;
    let sign = functional.sense.sign();
    let mut program = program::general::sequential(scenario, functional);
    let unit = program.normalise().ok_or(COEFFICIENTS)?;
    let dimensions = Dimensions::of(&program);
    check_memory(options.backend, &dimensions)?;
    let cost = options.backend.predict(&dimensions);
    let shown = options.progress.start(LEVEL, cost.seconds);
    let solution = options.backend.solve(&program, &options.settings)?;
    drop(shown);
    let (value, dual) = repair(&program, solution.dual.clone())?;
    let value = sign * value * unit;
    if !value.is_finite() {
        return Err(BOUND);
    }
    let titled = |certificate: Certificate| Some(certificate.titled(problem.title.as_deref()));
    let [quantum_outer, no_signalling] = match step_bounds(scenario, functional, &dual.scaled(unit)) {
        Ok(certificates) => certificates.map(|certificate| quantity(value, LEVEL, titled(certificate))),
        Err(error) => {
            let missing = || Quantity::numerical(value, format!("{LEVEL}; no certificate: {error}"));
            [missing(), missing()]
        }
    };
    let near = at(scenario, &program, &solution).positive_nearby(scenario)?;
    let found = functional.operators.pair(&near.0).re();
    let certificate = Certificate::value_of(scenario, functional, &near);
    let quantum_inner =
        quantity(found, "an assemblage of the general set, which has a model", titled(certificate));
    let gap = match (quantum_inner.value, quantum_outer.value) {
        (Some(inner), Some(outer)) => Some(sign * (outer - inner)),
        _ => None,
    };
    let real = program.blocks.iter().all(program::Block::is_real);
    Ok(BoundReport {
        subject: subject(problem),
        sense: if functional.sense == Sense::Max { "max" } else { "min" },
        bounds: Bounds {
            classical: Quantity::missing("not computed in sequential scenarios"),
            quantum_inner,
            quantum_outer,
            no_signalling,
        },
        assemblage: assemblage.map(|assemblage| assemblage_value(functional, assemblage)),
        gap,
        climb: None,
        level: LEVEL.to_owned(),
        size: None,
        solver: SolverRun::new(&solution, &options.settings, scenario.dimension(), real),
    })
}

/// The assemblage at a solver's point.
fn at(scenario: &Scenario, program: &Program, solution: &Solution) -> Assemblage {
    let elements: Vec<Mat<Complex64>> = program.blocks.iter().map(|block| block.at(&solution.y)).collect();
    let settings = scenario.settings().len();
    Assemblage(OperatorTable::from_fn(scenario, |Index { a, x, .. }| {
        let element = &elements[a * settings + x];
        Matrix::from_fn(element.nrows(), element.ncols(), |i, j| Number::from_approx(element[(i, j)]))
    }))
}
