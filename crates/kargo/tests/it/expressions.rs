//! `kargo expr`.

use std::path::PathBuf;

use crate::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn expressions_and_templates_are_evaluated_with_variables() {
    let home = Home::new();
    let variables = home.write("variables.yaml", "vars: { tag: 1.2.3, replicas: 2 }\n");
    let eval = ["expr", "eval", "--env", &variables, "vars.replicas + 1"];
    assert_eq!(home.run(&eval).await.well().trim(), "3");
    let template = ["expr", "template", "--env", &variables, "v${{ vars.tag }}"];
    assert_eq!(home.run(&template).await.well().trim(), "\"v1.2.3\"");
    let read = home.run_with(&["expr", "eval", "-"], "semverParse('1.2.3').IncMinor()").await;
    assert!(read.well().contains("1.3.0"));
    let message = home.run(&["expr", "eval", "1 +"]).await.badly(1);
    assert!(message.contains('^'), "no caret shows the place: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_that_differ_are_shown_and_fail() {
    let home = Home::new();
    let good = r#"{"expr":"1 + 1","value":2}"#;
    let message = home.run(&["expr", "test", "absent.jsonl"]).await.badly(1);
    assert!(message.contains("absent.jsonl"), "{message}");
    let cases = home.write("broken.jsonl", &format!("{good}\nno json\n"));
    let ended = home.run(&["expr", "test", &cases]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_case_passes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let environments = file("expression-environments.json");
    for cases in ["expressions.jsonl.gz", "templates.jsonl.gz", "semver.jsonl.gz"] {
        let cases = file(cases);
        let test = ["expr", "test", "--environments", &environments, &cases];
        let said = Home::new().run(&test).await.well();
        assert!(said.trim_end().ends_with(" passed, 0 failed"), "{cases}: {said}");
        assert!(!said.starts_with("0 passed"), "{cases}: {said}");
    }
}
