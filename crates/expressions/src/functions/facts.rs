//! Kargo's functions that need facts from outside: they ask the scope.

use std::sync::Arc;

use super::{Call, Check, Parameter, Signature};
use crate::nature::Nature;
use crate::operators::Outcome;
use crate::scope::Lookup;
use crate::structure::FREIGHT_ORIGIN;
use crate::value::Value;

/// What is found is a structure, or nil.
fn found() -> Nature {
    Nature::Unknown
}

const NAME: Signature =
    Signature { parameters: &[Parameter::Text], variadic: false, returns: found };
const NAME_AND_ORIGIN: Signature = Signature {
    parameters: &[Parameter::Text, Parameter::Origin],
    variadic: false,
    returns: found,
};

pub(super) const REPOSITORY: Check = Check::Signatures(&[NAME_AND_ORIGIN, NAME]);
pub(super) const ARTIFACT: Check = Check::Signatures(&[NAME_AND_ORIGIN, NAME]);
pub(super) const CHART: Check = Check::Signatures(&[
    Signature {
        parameters: &[Parameter::Text, Parameter::Text, Parameter::Origin],
        variadic: false,
        returns: found,
    },
    Signature { parameters: &[Parameter::Text, Parameter::Text], variadic: false, returns: found },
    NAME_AND_ORIGIN,
    NAME,
]);

/// Asks with the arguments as they are.
pub(super) fn known(call: Call<'_>) -> Outcome {
    let arguments: Result<Vec<_>, _> = call.arguments.iter().map(Value::to_json).collect();
    let arguments = arguments.map_err(|error| call.refuse(&error.to_string()))?;
    call.scope.lookup(&Lookup::new(call.name, arguments))
}

/// Asks by a name, which must not be empty.
pub(super) fn named(call: Call<'_>) -> Outcome {
    let refuses_empty = matches!(call.name, "freightMetadata" | "freightStatus" | "stageMetadata");
    if call.text(0)?.is_empty() && refuses_empty {
        return Err(call.refuse("the name must not be empty"));
    }
    known(call)
}

pub(super) fn always(_: Call<'_>) -> Outcome {
    Ok(Value::Bool(true))
}

pub(super) fn warehouse(call: Call<'_>) -> Outcome {
    let name = crate::value::readable(call.text(0)?);
    if name.is_empty() {
        return Err(call.refuse("the name must not be empty"));
    }
    let origin = FREIGHT_ORIGIN.read(&serde_json::json!({"kind": "Warehouse", "name": name}));
    Ok(Value::Structure(Arc::new(origin)))
}

/// A URL or name, then an origin.
fn located(call: Call<'_>, texts: usize) -> Outcome {
    call.text(0)?;
    for (index, argument) in call.arguments.iter().enumerate().skip(1) {
        let origin = matches!(argument, Value::Structure(structure) if structure.type_name == "FreightOrigin");
        let text = matches!(argument, Value::Text(_)) && index < texts;
        let last = index + 1 == call.arguments.len();
        if !(text || (origin && last)) {
            let message = format!("argument {} cannot be a {}", index + 1, argument.type_name());
            return Err(call.refuse(&message));
        }
    }
    known(call)
}

pub(super) fn commit(call: Call<'_>) -> Outcome {
    located(call, 1)
}

pub(super) fn image(call: Call<'_>) -> Outcome {
    located(call, 1)
}

pub(super) fn artifact(call: Call<'_>) -> Outcome {
    located(call, 1)
}

pub(super) fn chart(call: Call<'_>) -> Outcome {
    if call.arguments.len() == 3 && call.text(1).is_ok_and(<[u8]>::is_empty) {
        return Err(call.refuse("the name before an origin must not be empty"));
    }
    located(call, 2)
}
