//! `steerq realise`: is there a map for each input of Bob's that makes the assemblage of a reference?

use num_complex::Complex64;

use faer::Mat;

use super::elements::{element_records, rows};
use super::prove::quantity;
use super::{Error, Options, subject};
use crate::certificate::{Certificate, Verified, witness_functional};
use crate::problem::Problem;
use crate::program::choi::Maps;
use crate::realise::{self, ACCEPTED, ChoiMap, Realisation, Reference, SelfTest, Target, Witness, self_test};
use crate::report::{
    ChannelReport, Conclusion, InputReport, Quantity, Realisability, RealiseReport, SelfTestReport,
    WitnessReport,
};
use crate::scenario::{Assemblage, Given, Scenario};

/// What Bob is thought to have held before his maps.
#[derive(Debug, Clone)]
pub enum ReferenceChoice {
    /// The first input whose self-test holds, or else the first.
    Best,
    /// The assemblage's own elements at the input with this label.
    Input(i64),
    /// The assemblage of another problem, whose file has this name.
    Problem(Box<Problem>, String),
}

/// Looks for maps of one sort.
pub fn realise(
    problem: &Problem,
    reference: &ReferenceChoice,
    maps: Maps,
    options: &Options<'_>,
) -> Result<RealiseReport, Error> {
    const REFUSED: &str =
        "the question is about Bob's inputs, and he has none; `steerq certify` gives a model";
    problem.refuse_sequential("realise", REFUSED)?;
    if let ReferenceChoice::Problem(reference, _) = reference {
        reference.refuse_sequential("realise --reference", "give a traditional problem as the reference")?;
    }
    let scenario = &problem.scenario;
    let (assemblage, given) = problem.require_partial_assemblage("realise")?;
    let assemblage = match given.is_all() {
        true => assemblage.exactly_no_signalling(scenario),
        false => assemblage.clone(),
    };
    let noise = match given.is_all() {
        true => problem.noise_for(&assemblage).exactly_no_signalling(scenario),
        false => problem.noise_for(&assemblage),
    };
    let Chosen { reference, input, name } = chosen(problem, &assemblage, given, reference)?;
    let target = Target { assemblage: &assemblage, noise: &noise, given, diagonal: scenario.is_diagonal() };
    let _shown = options.progress.start("maps", 0.0);
    let test = input.map(|input| self_test(&assemblage, input)).transpose()?;
    let mut answers = Vec::new();
    for y in 0..scenario.inputs().len() {
        answers.push(match input {
            Some(input) if input == y => itself(&reference, y, maps),
            _ => realise::realise(&reference, target, y, maps, options.backend, &options.settings)?,
        });
    }
    let question = Question { problem, reference: &reference, target, maps, test: test.as_ref() };
    let inputs: Vec<InputReport> = answers.iter().map(|answer| question.input(answer)).collect();
    let verdict = question.verdict(&answers);
    let found = verdict.maps.as_deref();
    let channels = found.map(|found| question.channels(&answers, found)).transpose()?.unwrap_or_default();
    let model = found.filter(|_| maps == Maps::Cptp).map(|found| question.model(found)).transpose()?;
    Ok(RealiseReport {
        subject: subject(problem),
        reference: name,
        reference_dimension: reference.dimension(),
        maps: match maps {
            Maps::Cptp => "cptp",
            Maps::Decomposable => "decomposable",
        },
        every_positive_map: maps == Maps::Decomposable && reference.dimension() * scenario.dimension() <= 6,
        verdict: verdict.answer,
        verified: verdict.certificate.is_some(),
        deviation: verdict.deviation,
        visibility: least(&inputs, &verdict),
        noise: problem.noise_name(),
        inputs,
        channels,
        witness: verdict.witness,
        self_test: test.as_ref().map(|test| question.self_test(test)),
        conclusion: verdict.conclusion,
        certificate: verdict.certificate.map(|verified| verified.text),
        model: model.flatten(),
    })
}

/// What channels from the assemblage's own elements at one input say of the whole: each input is tried until one of them
/// settles it, a proof that is exact before one up to a deviation.
pub(super) fn settled_by_channels(
    problem: &Problem,
    options: &Options<'_>,
) -> Result<Option<RealiseReport>, Error> {
    /// Larger Choi matrices take longer than the search for other models.
    const LARGEST: usize = 6;
    let inputs = problem.scenario.inputs();
    let whole = problem.scenario.kind.has_inputs();
    if !whole || inputs.len() < 2 || problem.scenario.dimension() > LARGEST {
        return Ok(None);
    }
    let mut nearly = None;
    for label in inputs.iter() {
        let report = realise(problem, &ReferenceChoice::Input(label), Maps::Cptp, options)?;
        match report.conclusion {
            Conclusion::PostQuantum { verified: true }
            | Conclusion::Quantum { exactly: true, verified: true, .. } => return Ok(Some(report)),
            Conclusion::Quantum { verified: true, .. } if nearly.is_none() => nearly = Some(report),
            _ => {}
        }
    }
    Ok(nearly)
}

/// A reference, the input that it is taken from, and what to call it.
struct Chosen {
    reference: Reference,
    input: Option<usize>,
    name: String,
}

fn chosen(
    problem: &Problem,
    assemblage: &Assemblage,
    given: &Given,
    choice: &ReferenceChoice,
) -> Result<Chosen, Error> {
    let scenario = &problem.scenario;
    let inputs = scenario.inputs();
    let refuse = |error: realise::ReferenceError, help: &str| Error::Reference {
        reason: error.to_string(),
        help: help.to_owned(),
    };
    if let ReferenceChoice::Problem(other, file) = choice {
        let help = "give a traditional problem with the settings and outcomes of this one";
        let assemblage = other.require_assemblage("realise --reference")?;
        let reference = Reference::of(scenario, &other.scenario, assemblage).map_err(|e| refuse(e, help))?;
        return Ok(Chosen { reference, input: None, name: file.clone() });
    }
    let none = if scenario.kind.is_instrumental() {
        Some("no input of Bob's shows a whole assemblage in an instrumental scenario")
    } else {
        (inputs.len() == 1).then_some("Bob has a single input, which would be its own reference")
    };
    if let Some(reason) = none {
        let help = "give a traditional problem as the reference, with --reference FILE".to_owned();
        return Err(Error::Reference { reason: reason.to_owned(), help });
    }
    let input = match choice {
        ReferenceChoice::Input(label) => inputs.position(*label).ok_or_else(|| Error::Reference {
            reason: format!("there is no input y = {label} to take the reference from"),
            help: format!("the inputs are {inputs}; write --reference with one of them, or with a file"),
        })?,
        ReferenceChoice::Best | ReferenceChoice::Problem(..) => {
            let whole = |y: &usize| assemblage.0.indices().all(|index| index.y != *y || given.has(index));
            let mut best = (0..inputs.len()).find(whole).unwrap_or(0);
            for y in (0..inputs.len()).filter(whole) {
                if self_test(assemblage, y)?.holds() {
                    best = y;
                    break;
                }
            }
            best
        }
    };
    let label = inputs.get(input);
    let help = format!("every element at y = {label} is needed; or name another input or a file");
    let reference = Reference::at_input(scenario, assemblage, input).map_err(|e| refuse(e, &help))?;
    Ok(Chosen { reference, input: Some(input), name: format!("input y = {label}") })
}

/// The reference's own input: nothing is to be done.
fn itself(reference: &Reference, y: usize, maps: Maps) -> Realisation {
    let map = ChoiMap::identity(reference.dimension(), maps);
    Realisation { input: y, visibility: Some(1.0), witness: None, map: Some((map, 0.0)) }
}

/// What is asked.
struct Question<'a> {
    problem: &'a Problem,
    reference: &'a Reference,
    target: Target<'a>,
    maps: Maps,
    test: Option<&'a SelfTest>,
}

/// What is answered, and how it is known.
struct Answer<'a> {
    answer: Realisability,
    certificate: Option<Verified>,
    witness: Option<WitnessReport>,
    maps: Option<Vec<&'a ChoiMap>>,
    deviation: Option<f64>,
    conclusion: Conclusion,
}

impl Question<'_> {
    fn scenario(&self) -> &Scenario {
        &self.problem.scenario
    }

    fn proved(&self, certificate: Option<Certificate>) -> Option<Verified> {
        certificate?.titled(self.problem.title.as_deref()).verify().ok()
    }

    fn violation(&self, witness: &Witness) -> Option<f64> {
        witness.violation(self.target.assemblage)
    }

    fn verdict<'a>(&self, answers: &'a [Realisation]) -> Answer<'a> {
        let mut worst: Option<(&Witness, f64)> = None;
        for witness in answers.iter().filter_map(|answer| answer.witness.as_ref()) {
            if let Some(violation) = self.violation(witness)
                && worst.is_none_or(|(_, most)| violation > most)
            {
                worst = Some((witness, violation));
            }
        }
        if let Some((witness, violation)) = worst {
            return self.not_realisable(witness, violation);
        }
        let found: Option<Vec<&(ChoiMap, f64)>> = answers.iter().map(|answer| answer.map.as_ref()).collect();
        let found = found.filter(|found| found.iter().all(|(_, missed)| *missed <= ACCEPTED));
        match found {
            Some(found) => self.realisable(&found),
            None => Answer {
                answer: Realisability::Undecided,
                certificate: None,
                witness: None,
                maps: None,
                deviation: None,
                conclusion: Conclusion::None {
                    reason: "neither maps nor a significantly violated witness were found".to_owned(),
                },
            },
        }
    }

    fn not_realisable<'a>(&self, witness: &Witness, violation: f64) -> Answer<'a> {
        let scenario = self.scenario();
        let Self { reference, target, maps, .. } = *self;
        let proved = self.proved(Certificate::not_realisable(scenario, reference, target, witness, maps));
        let test = self.test.filter(|test| test.holds() && maps == Maps::Cptp && target.given.is_all());
        let proof =
            test.and_then(|test| self.proved(Certificate::self_tested(scenario, target, test, witness)));
        let conclusion = match (&proof, maps) {
            (Some(_), _) => Conclusion::PostQuantum { verified: true },
            (None, Maps::Decomposable) => Conclusion::None {
                reason:
                    "other positive maps, or another reference, may do: what Bob measures may have quantum \
                         correlations, or not"
                        .to_owned(),
            },
            (None, Maps::Cptp) => Conclusion::None {
                reason:
                    "another reference may do: that the assemblage is post-quantum is not shown by this (try \
                         another --reference, or `steerq certify`)"
                        .to_owned(),
            },
        };
        let functional = witness_functional(scenario, witness);
        let value = functional.operators.pair(&target.assemblage.0).re();
        let violation = proved.as_ref().map_or(violation, |verified| verified.value);
        let y = witness.functional.first().map_or(0, |(index, _)| index.y);
        Answer {
            answer: Realisability::NotRealisable,
            witness: Some(WitnessReport {
                input: scenario.inputs().get(y),
                functional: element_records(scenario, &functional)
                    .into_iter()
                    .filter(|record| record.y.is_none_or(|label| label == scenario.inputs().get(y)))
                    .collect(),
                multiplier: rows(&witness.multiplier),
                bound: witness.bound,
                value,
                violation,
            }),
            // The proof of more stands for the proof of less.
            certificate: proof.or(proved),
            maps: None,
            deviation: None,
            conclusion,
        }
    }

    fn realisable<'a>(&self, found: &[&'a (ChoiMap, f64)]) -> Answer<'a> {
        let Self { reference, target, maps, .. } = *self;
        let deviation = found.iter().map(|(_, missed)| *missed).fold(0.0, f64::max);
        let parts: Vec<ChoiMap> = found.iter().map(|(map, _)| map.clone()).collect();
        let certificate =
            Certificate::realisable(self.scenario(), reference, target, &parts, maps, deviation);
        let certificate = self.proved(Some(certificate));
        let exactly = deviation == 0.0;
        let whole = target.given.is_all();
        let verified = certificate.is_some();
        let conclusion = match maps {
            Maps::Cptp => Conclusion::Quantum { exactly, whole, verified },
            Maps::Decomposable => Conclusion::QuantumCorrelations { exactly, whole, verified },
        };
        Answer {
            answer: Realisability::Realisable,
            deviation: Some(certificate.as_ref().map_or(deviation, |verified| verified.value)),
            certificate,
            witness: None,
            maps: Some(found.iter().map(|(map, _)| map).collect()),
            conclusion,
        }
    }

    /// One input's line.
    fn input(&self, answer: &Realisation) -> InputReport {
        let Self { reference, target, maps, .. } = *self;
        let itself = self.test.is_some_and(|test| test.input == answer.input);
        let visibility = match (answer.visibility, &answer.witness) {
            _ if itself => Quantity::numerical(1.0, "the reference itself"),
            (None, Some(witness)) if self.violation(witness).is_none() => {
                Quantity::missing("not computed: the solver did not converge")
            }
            (None, _) => Quantity::missing("along this noise there is none, or none was found"),
            (Some(v), Some(witness)) if self.violation(witness).is_some() => {
                let certificate =
                    Certificate::realisable_visibility(self.scenario(), reference, target, witness, maps);
                quantity(v, "no map makes more of it", certificate)
            }
            (Some(v), _) => match &answer.map {
                Some((_, missed)) if *missed == 0.0 => Quantity::numerical(1.0, "a map makes it exactly"),
                Some((_, missed)) if *missed <= ACCEPTED => Quantity::numerical(1.0, "a map makes it"),
                _ => Quantity::numerical(v, "the solver's value, which no map or witness confirms"),
            },
        };
        InputReport {
            input: self.scenario().inputs().get(answer.input),
            visibility,
            deviation: answer.map.as_ref().map(|(_, missed)| *missed).filter(|missed| *missed <= ACCEPTED),
        }
    }

    fn channels(&self, answers: &[Realisation], maps: &[&ChoiMap]) -> Result<Vec<ChannelReport>, Error> {
        let channel = |(answer, map): (&Realisation, &&ChoiMap)| -> Result<ChannelReport, Error> {
            let list = |kraus: Vec<Mat<Complex64>>| kraus.iter().map(rows).collect::<Vec<_>>();
            let kraus = list(map.kraus()?);
            Ok(ChannelReport {
                input: self.scenario().inputs().get(answer.input),
                rank: kraus.len(),
                choi: rows(&map.choi()),
                kraus,
                transposed_kraus: map.transposed_kraus()?.map(list),
            })
        };
        answers.iter().zip(maps).map(channel).collect()
    }

    /// The certificate of a quantum model: the reference by GHJW, and the channels.
    fn model(&self, channels: &[&ChoiMap]) -> Result<Option<String>, Error> {
        if !self.target.given.is_all() {
            return Ok(None);
        }
        let channels: Vec<ChoiMap> = channels.iter().map(|&map| map.clone()).collect();
        let model = self.reference.model(&channels)?.rounded();
        let certificate = Certificate::quantum_approximation(self.scenario(), self.target.assemblage, &model);
        Ok(self.proved(Some(certificate)).map(|verified| verified.text))
    }

    fn self_test(&self, test: &SelfTest) -> SelfTestReport {
        SelfTestReport {
            input: self.scenario().inputs().get(test.input),
            pure: test.pure,
            exact: test.exactly_pure,
            solutions: test.pure.then_some(test.solutions),
            holds: test.holds(),
        }
    }
}

/// The least visibility of any input.
fn least(inputs: &[InputReport], verdict: &Answer<'_>) -> Quantity {
    let value = |report: &&InputReport| report.visibility.value.unwrap_or(f64::NEG_INFINITY);
    let worst = inputs.iter().min_by(|one, other| value(one).total_cmp(&value(other)));
    let mut least = worst.map_or_else(|| Quantity::missing("Bob has no input"), |one| one.visibility.clone());
    if verdict.answer == Realisability::Realisable {
        least.note = "the assemblage itself; v ≤ 1 by definition".to_owned();
        least.verified = verdict.certificate.is_some() && verdict.deviation == Some(0.0);
    }
    least
}
