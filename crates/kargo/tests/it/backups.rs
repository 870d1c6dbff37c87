//! `kargo backup` and `kargo restore`.

use crate::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_control_plane_becomes_another_one() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let manifest = "{apiVersion: kargo.akuity.io/v1alpha1, kind: Project, metadata: {name: kept}}";
    let file = home.write("project.yaml", manifest);
    home.run(&["apply", "-f", &file, "--server", &plane.url]).await.well();
    let backup = ["backup", "store.backup", "--data-dir", "data"];
    home.run(&backup).await.well();
    let message = home.run(&backup).await.badly(1);
    assert!(message.contains("store.backup"), "{message}");
    let over_it = ["restore", "store.backup", "--data-dir", "data"];
    home.run(&over_it).await.badly(1);
    home.run(&["get", "project", "kept", "--server", &plane.url]).await.well();

    home.run(&["restore", "store.backup", "--data-dir", "other"]).await.well();
    let other = home.up_in("other", &["--no-auth"]).await;
    home.run(&["get", "project", "kept", "--server", &other.url]).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_is_not_restored() {
    let home = Home::new();
    home.write("holiday.jpg", "not a backup at all");
    let message = home.run(&["restore", "holiday.jpg", "--data-dir", "data"]).await.badly(1);
    assert!(message.contains("holiday.jpg"), "{message}");
    home.up(&["--no-auth"]).await;
}
