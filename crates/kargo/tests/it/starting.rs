//! Starting and ending a control plane, and every reason not to start.

use std::time::Duration;

use tokio::net::TcpListener;

use crate::program::{Home, answers, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_kubeconfig_is_there_when_readyz_answers() {
    let home = Home::new();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let data_dir = home.path("data");
    let arguments = ["up", "--no-auth", "--listen", &address, "--data-dir", "data"];
    let watching = eventually("readiness", async || answers(&address).await.then_some(()));
    tokio::select! {
        () = watching => {}
        ended = home.run(&arguments) => panic!("{ended:?}"),
    }
    assert!(data_dir.join("admin.kubeconfig").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let second = ["up", "--no-auth", "--listen", "127.0.0.1:0", "--data-dir", "data"];
    let message = home.run(&second).await.badly(1);
    assert!(message.contains("data"), "the folder is not named: {message}");
    assert!(message.contains("another"), "{message}");
    assert_eq!(message.trim().lines().count(), 1, "{message}");
    home.run(&["get", "projects", "--server", &plane.url]).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_before_anything_is_touched() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = ["up", "--no-auth", "--listen", &address, "--data-dir", "data"];
    let message = home.run(&arguments).await.badly(1);
    assert!(message.contains(&address) && message.contains("--listen"), "{message}");
    assert!(!home.path("data").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_authentication_it_listens_on_loopback_only() {
    let home = Home::new();
    let arguments = ["up", "--no-auth", "--listen", "0.0.0.0:0", "--data-dir", "data"];
    let message = home.run(&arguments).await.badly(1);
    assert!(message.contains("--no-auth") && message.contains("loopback"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_refused_and_left_as_it_is() {
    let home = Home::new();
    home.up(&["--no-auth"]).await.terminate(Duration::from_secs(10)).await;
    let store = home.path("data").join("store");
    let files: Vec<_> = std::fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| std::fs::metadata(path).unwrap().len() > 0)
        .collect();
    assert!(!files.is_empty());
    for file in &files {
        std::fs::write(file, [b'?'; 8192]).unwrap();
    }
    let arguments = ["up", "--no-auth", "--listen", "127.0.0.1:0", "--data-dir", "data"];
    let message = home.run(&arguments).await.badly(1);
    assert!(message.contains("store"), "{message}");
    assert_eq!(message.trim().lines().count(), 1, "{message}");
    for file in &files {
        assert_eq!(std::fs::read(file).unwrap(), [b'?'; 8192], "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_good_order_within_ten_seconds() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let watch = ["get", "stages", "-p", "nowhere", "--server", &plane.url];
    home.run(&watch).await;
    assert!(plane.terminate(Duration::from_secs(10)).await.success());
    // The store was let go of: the next start finds it free.
    assert!(home.up(&["--no-auth"]).await.terminate(Duration::from_secs(10)).await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_password_is_shown_once() {
    let home = Home::new();
    let plane = home.up(&[]).await;
    let line = plane.lines.iter().find(|line| line.starts_with("admin password: "));
    let password = line.unwrap().split_whitespace().nth(2).unwrap().to_owned();
    let login = ["login", &plane.url, "--password-stdin"];
    home.run_with(&login, &password).await.well();
    home.run(&["get", "projects"]).await.well();
    plane.terminate(Duration::from_secs(10)).await;
    let again = home.up(&[]).await;
    assert!(again.lines.iter().all(|line| !line.contains("password")), "{:?}", again.lines);
}
