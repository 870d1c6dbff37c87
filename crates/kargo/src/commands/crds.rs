//! `kargo crds`: the CustomResourceDefinitions, for `kubectl apply --server-side -f -`.

use std::io::Write;

use anyhow::{Context, Result};

use crate::terminal::unless_nobody_reads;

pub(crate) fn run(out: &mut impl Write) -> Result<()> {
    for crd in api::crds() {
        let text = serde_saphyr::to_string(&crd)
            .context("cannot print a CustomResourceDefinition as YAML")?;
        let written = writeln!(out, "---\n{}", text.trim_end());
        unless_nobody_reads(written).context("cannot write to standard output")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_printed_reads_back_as_the_same_definitions() {
        let mut out = Vec::new();
        super::run(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&text).unwrap();
        let printed: Vec<_> =
            api::crds().iter().map(|crd| serde_json::to_value(crd).unwrap()).collect();
        assert_eq!(documents, printed);
    }
}
