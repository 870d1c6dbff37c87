//! The `${{ … }}` language: expr-lang and Kargo's template typing over JSON values, and Masterminds semantic versions.
