//! Every function of the language, in one sorted table. A new one is a function in a file of its family and a line here.

mod aggregates;
mod arrays;
mod bits;
mod conversions;
mod dates;
mod encoding;
mod facts;
mod maps;
mod quoting;
mod sorting;
mod text;
mod versions;

use crate::error::Refusal;
use crate::evaluator::Budget;
use crate::nature::Nature;
use crate::operators::Outcome;
use crate::pattern::{Draft, Pattern};
use crate::scope::{Functions, Scope};
use crate::syntax::Loop;
use crate::value::{ArrayType, MapType, Value};

pub(crate) use sorting::{descending, sort_by_key};
pub(crate) use text::find;

/// A function of the language.
pub struct Function {
    pub name: &'static str,
    /// Where it exists; everywhere if empty.
    pub families: &'static [Functions],
    pub(crate) check: Check,
    pub(crate) run: fn(Call<'_>) -> Outcome,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A call while it runs.
pub(crate) struct Call<'a> {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'a [Value],
    pub(crate) scope: &'a Scope,
    pub(crate) budget: &'a mut Budget,
}

impl<'a> Call<'a> {
    pub(crate) fn argument(&self, index: usize) -> &'a Value {
        self.arguments.get(index).unwrap_or(&Value::Nil)
    }

    pub(crate) fn text(&self, index: usize) -> Result<&'a [u8], Refusal> {
        match self.argument(index) {
            Value::Text(text) => Ok(text.as_bytes()),
            other => {
                let message = format!(
                    "argument {} of {}() must be a string, not {}",
                    index + 1,
                    self.name,
                    other.type_name()
                );
                Err(message.into())
            }
        }
    }

    /// Text made by the call, within the budget.
    pub(crate) fn made(&mut self, bytes: Vec<u8>) -> Outcome {
        self.budget.bytes(bytes.len())?;
        self.budget.steps(bytes.len() / 32)?;
        Ok(Value::text(bytes))
    }

    pub(crate) fn refuse(&self, why: &str) -> Refusal {
        format!("{}(): {why}", self.name).into()
    }
}

/// How the checker looks at the arguments.
pub(crate) enum Check {
    /// The first signature that fits.
    Signatures(&'static [Signature]),
    With(fn(&'static str, &[Nature]) -> Result<Nature, String>),
}

pub(crate) struct Signature {
    pub(crate) parameters: &'static [Parameter],
    pub(crate) variadic: bool,
    pub(crate) returns: fn() -> Nature,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Any,
    Text,
    Int,
    Array,
    Texts,
    Ints,
    Floats,
    Time,
    Duration,
    Zone,
    Version,
    Origin,
}

impl Parameter {
    pub(crate) fn nature(self) -> Nature {
        match self {
            Self::Any => Nature::Any,
            Self::Text => Nature::Text,
            Self::Int => Nature::Int,
            Self::Array => Nature::any_array(),
            Self::Texts => Nature::Array(ArrayType::Text, Box::new(Nature::Text)),
            Self::Ints => Nature::Array(ArrayType::Int, Box::new(Nature::Int)),
            // No value is a []float64 here.
            Self::Floats => Nature::Structure("[]float64"),
            Self::Time => Nature::Time,
            Self::Duration => Nature::Duration,
            Self::Zone => Nature::Zone,
            Self::Version => Nature::Version,
            Self::Origin => Nature::Structure("FreightOrigin"),
        }
    }

    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "a string",
            Self::Int => "an integer",
            Self::Array | Self::Texts | Self::Ints | Self::Floats => "an array",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Zone => "a timezone",
            Self::Version => "a version",
            Self::Origin => "an origin such as warehouse(\"name\")",
        }
    }

    /// Whether a value can be passed, when running.
    pub(crate) fn fits(self, value: &Value) -> bool {
        self == Self::Any || Nature::of_value(value).assignable_to(&self.nature())
    }
}

/// A function that exists everywhere.
pub(crate) fn builtin(name: &str) -> Option<&'static Function> {
    lookup(name).filter(|function| function.families.is_empty())
}

/// Also those with predicates.
pub(crate) fn is_builtin(name: &str) -> bool {
    builtin(name).is_some() || Loop::of(name).is_some()
}

/// A function of Kargo's, if the scope offers it.
pub(crate) fn offered(name: &str, scope: &Scope) -> Option<&'static Function> {
    lookup(name).filter(|function| !function.families.is_empty() && scope.offers(function.families))
}

fn lookup(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    FUNCTIONS.get(index)
}

/// Functions that never look at a second argument.
pub(crate) fn takes_one(name: &str) -> bool {
    matches!(
        name,
        "abs"
            | "ceil"
            | "float"
            | "floor"
            | "int"
            | "len"
            | "lower"
            | "round"
            | "string"
            | "type"
            | "upper"
    )
}

/// `x matches "pattern"` with the pattern known beforehand.
pub(crate) fn matches(value: &Value, pattern: &Pattern, budget: &mut Budget) -> Outcome {
    Ok(Value::Bool(match value {
        Value::Text(text) | Value::Bytes(text) => {
            budget.steps(pattern.match_cost(text.len()))?;
            pattern.is_match(text.as_bytes())
        }
        _ if value.is_nil() => false,
        _ => return Err(format!("matches takes a string, not a {}", value.type_name()).into()),
    }))
}

/// `x matches y`.
pub(crate) fn matches_any(value: &Value, pattern: &Value, budget: &mut Budget) -> Outcome {
    if value.is_nil() || pattern.is_nil() {
        return Ok(Value::Bool(false));
    }
    let Value::Text(pattern) = pattern else {
        return Err(format!("a pattern is a string, not a {}", pattern.type_name()).into());
    };
    let pattern = pattern.to_str();
    let draft = Draft::new(&pattern)?;
    budget.steps(draft.cost())?;
    matches(value, &draft.compile()?, budget)
}

macro_rules! signatures {
    ($($($parameter:ident),* => $nature:expr);* $(;)?) => {
        Check::Signatures(&[$(Signature {
            parameters: &[$(Parameter::$parameter),*],
            variadic: false,
            returns: || $nature,
        }),*])
    };
}

const fn function(name: &'static str, check: Check, run: fn(Call<'_>) -> Outcome) -> Function {
    Function { name, families: &[], check, run }
}

const fn kargo(
    families: &'static [Functions],
    name: &'static str,
    check: Check,
    run: fn(Call<'_>) -> Outcome,
) -> Function {
    Function { name, families, check, run }
}

fn texts() -> Nature {
    Parameter::Texts.nature()
}

const TEXT_TO_TEXT: Check = signatures!(Text => Nature::Text);
const TRIM_AFFIX: Check = signatures!(Text, Text => Nature::Text; Text => Nature::Text);
const SPLIT: Check = signatures!(Text, Text => texts(); Text, Text, Int => texts());
const TWO_TEXTS_TO_BOOL: Check = signatures!(Text, Text => Nature::Bool);
const TWO_TEXTS_TO_INT: Check = signatures!(Text, Text => Nature::Int);
const BITS: Check = signatures!(Int, Int => Nature::Int);
const TO_BOOL: Check = signatures!(=> Nature::Bool);
const TEXT_MAP: Check = signatures!(Text => Nature::Map(MapType::TextToText));
const METADATA: Check = signatures!(Text => Nature::Map(MapType::TextToAny));
const TO_TEXT: Check = signatures!(Any => Nature::Text);

const TEMPLATE: &[Functions] = &[Functions::Template];
const FREIGHT: &[Functions] = &[Functions::Freight];
const DATA: &[Functions] = &[Functions::Data];
const FREIGHT_DATA: &[Functions] = &[Functions::Freight, Functions::Data];
const UTILITY: &[Functions] = &[Functions::Utility];
const STATUS: &[Functions] = &[Functions::Status];
const RECEIVER: &[Functions] = &[Functions::Receiver];

/// Sorted by name. Functions with predicates (`filter`, `map`, …) are part of the syntax.
pub static FUNCTIONS: &[Function] = &[
    function("abs", Check::With(conversions::check_number), conversions::abs),
    kargo(STATUS, "always", TO_BOOL, facts::always),
    kargo(FREIGHT, "artifactFrom", facts::ARTIFACT, facts::artifact),
    kargo(TEMPLATE, "asJSON", TO_TEXT, quoting::as_json),
    kargo(TEMPLATE, "asYAML", TO_TEXT, quoting::as_yaml),
    function("bitand", BITS, bits::and),
    function("bitnand", BITS, bits::nand),
    function("bitnot", signatures!(Int => Nature::Int), bits::not),
    function("bitor", BITS, bits::or),
    function("bitshl", BITS, bits::shift_left),
    function("bitshr", BITS, bits::shift_right),
    function("bitushr", BITS, bits::shift_right_unsigned),
    function("bitxor", BITS, bits::xor),
    function("ceil", Check::With(conversions::check_round), conversions::ceil),
    kargo(FREIGHT, "chartFrom", facts::CHART, facts::chart),
    kargo(FREIGHT, "commitFrom", facts::REPOSITORY, facts::commit),
    function("concat", Check::With(arrays::check_concat), arrays::concat),
    kargo(DATA, "configMap", TEXT_MAP, facts::named),
    function("date", Check::With(dates::check_date), dates::date),
    function("duration", signatures!(Text => Nature::Duration), dates::duration),
    kargo(STATUS, "failure", TO_BOOL, facts::known),
    function("first", Check::With(arrays::check_element), arrays::first),
    function("flatten", Check::With(arrays::check_array), arrays::flatten),
    function("float", Check::With(conversions::check_convert), conversions::float),
    function("floor", Check::With(conversions::check_round), conversions::floor),
    kargo(FREIGHT_DATA, "freightMetadata", METADATA, facts::named),
    kargo(FREIGHT_DATA, "freightStatus", METADATA, facts::named),
    function("fromBase64", TEXT_TO_TEXT, encoding::from_base64),
    function("fromJSON", signatures!(Text => Nature::Any), encoding::from_json),
    function("fromPairs", Check::With(maps::check_from_pairs), maps::from_pairs),
    function("get", Check::With(maps::check_get), maps::get),
    function("hasPrefix", TWO_TEXTS_TO_BOOL, text::has_prefix),
    function("hasSuffix", TWO_TEXTS_TO_BOOL, text::has_suffix),
    kargo(RECEIVER, "header", TEXT_TO_TEXT, facts::known),
    kargo(RECEIVER, "headers", signatures!(Text => texts(); => Nature::Any), facts::known),
    kargo(FREIGHT, "imageFrom", facts::REPOSITORY, facts::image),
    function("indexOf", TWO_TEXTS_TO_INT, text::index_of),
    function("int", Check::With(conversions::check_convert), conversions::int),
    function(
        "join",
        signatures!(Texts, Text => Nature::Text; Array, Text => Nature::Text; Array => Nature::Text; Texts => Nature::Text),
        text::join,
    ),
    function("keys", Check::With(maps::check_map), maps::keys),
    function("last", Check::With(arrays::check_element), arrays::last),
    function("lastIndexOf", TWO_TEXTS_TO_INT, text::last_index_of),
    function("len", Check::With(conversions::check_length), conversions::length),
    function("lower", TEXT_TO_TEXT, text::lower),
    function("max", Check::With(aggregates::check), aggregates::max),
    function("mean", Check::With(aggregates::check), aggregates::mean),
    function("median", Check::With(aggregates::check), aggregates::median),
    function("min", Check::With(aggregates::check), aggregates::min),
    kargo(RECEIVER, "normalizeChart", TEXT_TO_TEXT, facts::known),
    kargo(RECEIVER, "normalizeGit", TEXT_TO_TEXT, facts::known),
    kargo(RECEIVER, "normalizeImage", TEXT_TO_TEXT, facts::known),
    function("now", Check::With(dates::check_now), dates::now),
    kargo(TEMPLATE, "quote", TO_TEXT, quoting::quote),
    function("repeat", signatures!(Text, Int => Nature::Text), text::repeat),
    function(
        "replace",
        signatures!(Text, Text, Text, Int => Nature::Text; Text, Text, Text => Nature::Text),
        text::replace,
    ),
    function("reverse", Check::With(arrays::check_array), arrays::reverse),
    function("round", Check::With(conversions::check_round), conversions::round),
    kargo(DATA, "secret", TEXT_MAP, facts::named),
    kargo(UTILITY, "semverDiff", signatures!(Text, Text => Nature::Text), versions::difference),
    kargo(UTILITY, "semverParse", signatures!(Text => Nature::Version), versions::parse),
    kargo(DATA, "sharedConfigMap", TEXT_MAP, facts::named),
    kargo(DATA, "sharedSecret", TEXT_MAP, facts::named),
    function(
        "sort",
        signatures!(
            Array, Text => Nature::any_array(); Ints, Text => Nature::any_array();
            Floats, Text => Nature::any_array(); Texts, Text => Nature::any_array();
            Array => Nature::any_array(); Floats => Nature::any_array();
            Texts => Nature::any_array(); Ints => Nature::any_array();
        ),
        sorting::sort,
    ),
    function("split", SPLIT, text::split),
    function("splitAfter", SPLIT, text::split_after),
    kargo(DATA, "stageMetadata", METADATA, facts::named),
    kargo(STATUS, "status", TEXT_TO_TEXT, facts::known),
    function("string", TO_TEXT, conversions::string),
    kargo(STATUS, "success", TO_BOOL, facts::known),
    function("take", Check::With(arrays::check_take), arrays::take),
    function("timezone", signatures!(Text => Nature::Zone), dates::timezone),
    function("toBase64", TEXT_TO_TEXT, encoding::to_base64),
    function("toJSON", TO_TEXT, encoding::to_json),
    function("toPairs", Check::With(maps::check_map), maps::to_pairs),
    function("trim", signatures!(Text => Nature::Text; Text, Text => Nature::Text), text::trim),
    function("trimPrefix", TRIM_AFFIX, text::trim_prefix),
    function("trimSuffix", TRIM_AFFIX, text::trim_suffix),
    function("type", TO_TEXT, conversions::type_name),
    function("uniq", Check::With(arrays::check_array), arrays::unique),
    kargo(TEMPLATE, "unsafeQuote", TO_TEXT, quoting::unsafe_quote),
    function("upper", TEXT_TO_TEXT, text::upper),
    function("values", Check::With(maps::check_map), maps::values),
    kargo(FREIGHT, "warehouse", signatures!(Text => Parameter::Origin.nature()), facts::warehouse),
];

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn the_table_is_sorted() {
        assert!(FUNCTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
