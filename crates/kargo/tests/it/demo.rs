//! `kargo demo --once`: the whole way, unattended.

use crate::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_carries_a_tag_to_prod_and_shows_each_commit() {
    let home = Home::new();
    let said = home.run(&["demo", "--once", "--no-ui", "--port", "0"]).await.well();
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("stage/")).collect();
    assert_eq!(lines.len(), 3, "{said}");
    for (line, stage) in lines.iter().zip(["test", "uat", "prod"]) {
        assert!(line.starts_with(&format!("stage/{stage} ")), "{line}");
        assert!(line.ends_with(&format!("{stage}: app 1.0.0  (values.yaml)")), "{line}");
    }
}
