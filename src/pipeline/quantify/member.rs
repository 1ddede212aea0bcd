//! The member of a set that is nearest to an assemblage, made exactly valid, and what it proves.

use faer::Mat;
use num_complex::Complex64;

use crate::certificate::{AtMost, Besides, Member, at_most};
use crate::linalg::{EigenError, hermitian_eigen, hermitian_part};
use crate::model::{CommonCauses, Model};
use crate::num::{Matrix, Number};
use crate::pipeline::inner::{answers, diluted, note, visible};
use crate::pipeline::{Error, Options};
use crate::problem::Problem;
use crate::program::quantifier::{self, Elements, States};
use crate::program::trace_distance::choices;
use crate::report::Quantity;
use crate::scenario::{Assemblage, Functional, OperatorTable, Scenario};

/// What a solver says of the nearest member; π or γ unnormalised is what is left of it.
pub(super) enum Nearest {
    /// An assemblage that may be quantum.
    Assemblage { assemblage: Assemblage, rest: Elements },
    /// ρ_{λ,y}, unnormalised.
    CommonCauses { states: States, rest: Elements },
}

impl From<quantifier::Member> for Nearest {
    fn from(member: quantifier::Member) -> Self {
        Self::Assemblage { assemblage: member.assemblage, rest: member.rest }
    }
}

/// Shares of white noise that are tried: it makes elements positive that rounding does not leave so, and costs as much.
const DILUTIONS: [f64; 6] = [1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6];

/// What is added to a number until its certificate holds: in instrumental scenarios, what rounding errors of the seen elements cost those that
/// complete them.
const SLACKS: [f64; 6] = [0.0, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5];

/// The least number that the nearest member proves. `None` if there is no model of it. `hint` is an inequality that it saturates.
pub(super) fn proved(
    problem: &Problem,
    what: AtMost,
    exact: &Assemblage,
    nearest: &Nearest,
    hint: Option<&Functional>,
    options: &Options<'_>,
) -> Result<Option<Quantity>, Error> {
    let scenario = &problem.scenario;
    let (rest, found, words): (_, Vec<Candidate>, _) = match nearest {
        Nearest::Assemblage { assemblage, rest } => {
            let Some(model) = model_of(problem, assemblage, hint, options)? else { return Ok(None) };
            let words = note(&model);
            let diluted = |share: &f64| Candidate::model(scenario, &model, assemblage, *share);
            (rest, DILUTIONS.iter().map(diluted).collect(), words)
        }
        Nearest::CommonCauses { states, rest } => {
            let diluted = |share: &f64| Candidate::common_causes(scenario, states, *share);
            (rest, DILUTIONS.iter().map(diluted).collect(), "explicit common causes".to_owned())
        }
    };
    let mut best: Option<(f64, &Candidate)> = None;
    for candidate in &found {
        let number = match what {
            AtMost::Robustness => candidate.covers(scenario, exact)? - 1.0,
            AtMost::Weight => 1.0 - candidate.fits(scenario, exact)?,
            AtMost::TraceDistance => candidate.lacks(scenario, exact)?.0,
        };
        if best.is_none_or(|(least, _)| number < least) {
            best = Some((number, candidate));
        }
    }
    let Some((number, candidate)) = best.filter(|(number, _)| number.is_finite()) else { return Ok(None) };
    let member = match &candidate.parts {
        Parts::Model(model) => Member::Model(model),
        Parts::CommonCauses(causes) => Member::CommonCauses(causes.states()),
    };
    let completes = scenario.kind.is_instrumental() && what != AtMost::TraceDistance;
    let sign = if what == AtMost::Robustness { 1.0 } else { -1.0 };
    for slack in if completes { &SLACKS[..] } else { &SLACKS[..1] } {
        let number = number + slack;
        let besides = match what {
            AtMost::TraceDistance => Besides::Parts(candidate.lacks(scenario, exact)?.1),
            _ if completes => {
                let near = completion(scenario, &candidate.whole, 1.0 + sign * number, sign, rest);
                Besides::Completed(exact.completed(scenario, &near))
            }
            _ => Besides::Nothing,
        };
        let certificate = at_most(scenario, (what, number), exact, &member, &besides);
        if let Ok(verified) = certificate.titled(problem.title.as_deref()).verify() {
            return Ok(Some(Quantity::verified(verified, words)));
        }
    }
    Ok(Some(Quantity::numerical(number, words)))
}

/// A model of an assemblage, or of what is near it.
fn model_of(
    problem: &Problem,
    assemblage: &Assemblage,
    hint: Option<&Functional>,
    options: &Options<'_>,
) -> Result<Option<Model>, Error> {
    let scenario = &problem.scenario;
    let exact = assemblage.exactly_no_signalling(scenario);
    let white = exact.white_noise(scenario);
    let found = visible(problem, [&exact, &white], hint, f64::INFINITY, options)?;
    Ok(found.map(|found| diluted(scenario, &exact, &found)))
}

/// A member of the set, exactly valid, and its assemblage.
struct Candidate {
    parts: Parts,
    /// With all elements.
    whole: Assemblage,
}

enum Parts {
    Model(Model),
    CommonCauses(CommonCauses),
}

impl Candidate {
    fn model(scenario: &Scenario, model: &Model, of: &Assemblage, share: f64) -> Self {
        let answers = answers(scenario, of);
        let model = model.with_white_noise(1.0 - share, &answers, scenario.dimension()).rounded();
        let whole = model.whole(scenario);
        Self { parts: Parts::Model(model), whole }
    }

    fn common_causes(scenario: &Scenario, states: &[Vec<Mat<Complex64>>], share: f64) -> Self {
        let causes = CommonCauses::rounded(scenario, states, share);
        let whole = causes.assemblage(scenario);
        Self { parts: Parts::CommonCauses(causes), whole }
    }

    /// The least c with c·ω ⪰ σ for every seen element.
    fn covers(&self, scenario: &Scenario, sigma: &Assemblage) -> Result<f64, EigenError> {
        let mut least: f64 = 1.0;
        for index in sigma.0.indices().filter(|&index| scenario.sees(index)) {
            least = least.max(ratio(sigma.0.value(index), self.whole.0.value(index))?);
        }
        Ok(least)
    }

    /// How much ω lacks of σ, in the mean over settings and inputs, and matrices P ⪰ 0 with P ⪰ σ − ω whose traces are that, for the elements that are
    /// seen: the positive parts of σ − ω, and a little more than what rounding takes from them.
    fn lacks(&self, scenario: &Scenario, sigma: &Assemblage) -> Result<(f64, OperatorTable), EigenError> {
        const ROUNDING: f64 = 1e-14;
        let d = scenario.dimension();
        let mut sum = 0.0;
        let parts = OperatorTable::try_from_fn(scenario, |index| {
            if !scenario.sees(index) {
                return Ok(Matrix::zeros(d, d));
            }
            let (values, vectors) = hermitian_eigen(&(sigma.0.value(index) - self.whole.0.value(index)))?;
            let root = Mat::from_fn(d, d, |i, k| vectors[(i, k)] * values[k].max(0.0).sqrt());
            let mut part = &root * root.adjoint();
            for j in 0..d {
                (0..d)
                    .filter(|&i| i != j && scenario.is_diagonal())
                    .for_each(|i| part[(i, j)] = Complex64::ZERO);
                part[(j, j)] += Complex64::from(ROUNDING);
                sum += part[(j, j)].re;
            }
            Ok(quantifier::hermitian(&part, 1.0))
        })?;
        Ok((sum / choices(scenario) as f64, parts))
    }

    /// The greatest c ≤ 1 with σ ⪰ c·ω for every seen element.
    fn fits(&self, scenario: &Scenario, sigma: &Assemblage) -> Result<f64, EigenError> {
        let mut greatest: f64 = 1.0;
        for index in sigma.0.indices().filter(|&index| scenario.sees(index)) {
            greatest = greatest.min(1.0 / ratio(self.whole.0.value(index), sigma.0.value(index))?);
        }
        Ok(greatest)
    }
}

/// The least c ≥ 0 with c·over ⪰ under; infinite if `over` is not positive definite, unless `under` is zero.
fn ratio(under: &Mat<Complex64>, over: &Mat<Complex64>) -> Result<f64, EigenError> {
    /// Below this, relative to the largest, an eigenvalue's inverse is only rounding.
    const LEAST: f64 = 1e-14;
    if under.norm_max() == 0.0 {
        return Ok(0.0);
    }
    let (values, vectors) = hermitian_eigen(over)?;
    let largest = values.last().copied().unwrap_or(0.0);
    if values.first().is_none_or(|&least| least <= LEAST * largest) {
        return Ok(f64::INFINITY);
    }
    let n = over.nrows();
    let root = Mat::from_fn(n, n, |i, k| vectors[(i, k)] / values[k].sqrt());
    let (ratios, _) = hermitian_eigen(&hermitian_part(&(root.adjoint() * under * &root)))?;
    Ok(ratios.last().copied().unwrap_or(f64::INFINITY).max(0.0))
}

/// What the assemblage is where it is not seen, if factor·ω − σ is ±rest there.
fn completion(
    scenario: &Scenario,
    whole: &Assemblage,
    factor: f64,
    sign: f64,
    rest: &Elements,
) -> Assemblage {
    let d = scenario.dimension();
    Assemblage(OperatorTable::from_fn(scenario, |index| {
        let mut element = whole.0.value(index) * faer::Scale(Complex64::from(factor));
        if let Some(rest) = rest.get(&index) {
            element -= rest * faer::Scale(Complex64::from(sign));
        }
        Matrix::from_fn(d, d, |i, j| Number::from_approx(element[(i, j)]))
    }))
}
