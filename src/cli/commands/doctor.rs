//! `upfuse doctor`: explains why a board is not there, and what to do about it.

use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::discovery::{Action, Diagnosis, Found};

pub(in crate::cli) fn run(context: &mut Context) -> Result<Exit, Failure> {
    let session = context.session()?;
    context.traffic.begin_record();
    let inventory = &session.inventory;
    let diagnoses = inventory.summary();
    if context.options.json {
        let all: Vec<Value> = diagnoses.iter().map(to_json).collect();
        context.out.json(&all);
        return Ok(Exit::Done);
    }
    let ready = inventory.found.iter().filter(|found| found.can_upgrade());
    for found in ready {
        print_ready(found, &mut context.out);
    }
    for diagnosis in &diagnoses {
        print_diagnosis(diagnosis, &mut context.out);
    }
    Ok(Exit::Done)
}

fn to_json(diagnosis: &Diagnosis) -> Value {
    json!({
        "device": diagnosis.about.as_ref().map(|place| &place.0),
        "what": diagnosis.what,
        "why": diagnosis.why,
        "steps": diagnosis.advice(),
    })
}

fn print_ready(found: &Found, out: &mut Output) {
    out.line(format_args!("{}: {}, ready", found.place(), found.label));
}

fn print_diagnosis(diagnosis: &Diagnosis, out: &mut Output) {
    match &diagnosis.about {
        Some(place) => out.line(format_args!("{place}: {}", diagnosis.what)),
        None => out.line(&diagnosis.what),
    }
    out.line(format_args!("  {}", diagnosis.why));
    for (number, step) in (1u32..).zip(&diagnosis.steps) {
        out.line(format_args!("  {number}. {}", step.text));
        match &step.action {
            // Without indentation, so that it can be copied into a shell.
            Some(Action::CopyText(text)) if !step.text.contains(text) => {
                out.line(format_args!("\n{}\n", text.trim_end()));
            }
            Some(Action::TrySimulated) => out.line("     upfuse --simulate f407 list"),
            Some(Action::OpenLink(address)) => out.line(format_args!("     {address}")),
            _ => {}
        }
    }
}
