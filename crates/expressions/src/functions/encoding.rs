//! JSON and Base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::Call;
use crate::json;
use crate::operators::Outcome;

/// As Go: the last bits before the padding may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

pub(super) fn to_json(mut call: Call<'_>) -> Outcome {
    let encoded =
        json::encode(call.argument(0), Some("  ")).map_err(|message| call.refuse(&message))?;
    call.made(encoded.into_bytes())
}

pub(super) fn from_json(call: Call<'_>) -> Outcome {
    let text = call.text(0)?;
    call.budget.bytes(text.len())?;
    call.budget.steps(text.len() / 4)?;
    json::decode(text).map_err(|message| call.refuse(&message))
}

pub(super) fn to_base64(mut call: Call<'_>) -> Outcome {
    let encoded = STANDARD.encode(call.text(0)?);
    call.made(encoded.into_bytes())
}

pub(super) fn from_base64(mut call: Call<'_>) -> Outcome {
    let text: Vec<u8> =
        call.text(0)?.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let decoded = LENIENT.decode(text).map_err(|_| call.refuse("the text is no Base64"))?;
    call.made(decoded)
}
