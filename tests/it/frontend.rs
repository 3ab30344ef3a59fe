//! A fake front end: it drives the real kernel over real sockets and panics on any message that it did not expect.
//!
//! Enters: requests of a test. Leaves: replies and publications, with signature, header, parent and order checked. What
//! the protocol leaves open is open here: nothing waits for a fixed time, and no order counts that a kernel need not keep.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

pub(crate) const KEY: &str = "a key of a front end";
/// Longer than anything here takes on the slowest machine: what is not there by then never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The binary, built once.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let release = if cfg!(debug_assertions) { None } else { Some("--release") };
        let built = Command::new(cargo)
            // Of the workspace, as the tests are: another choice of features would compile everything again.
            .args(["build", "--quiet", "--locked", "--workspace", "--bin", "reconverge"])
            .args(release)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success(), "the kernel does not build");
        // …/target/debug/deps/it-0123 → …/target/debug/reconverge
        let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_path_buf();
        folder.join("reconverge")
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Shell,
    Control,
}

/// A message that came from the kernel.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub msg_type: String,
    pub parent: Value,
    pub content: Value,
}

impl Message {
    pub(crate) fn state(&self) -> Option<&str> {
        self.content["execution_state"].as_str()
    }

    fn answers(&self, id: &str) -> bool {
        self.parent["msg_id"] == id
    }
}

/// What one request led to: publications between busy and idle, and the reply where there is one.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub reply: Value,
    pub published: Vec<Message>,
}

impl Exchange {
    pub(crate) fn types(&self) -> Vec<&str> {
        self.published.iter().map(|m| m.msg_type.as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn only(&self, msg_type: &str) -> &Value {
        let found: Vec<&Message> = self.published.iter().filter(|m| m.msg_type == msg_type).collect();
        assert_eq!(found.len(), 1, "one {msg_type} in {:?}", self.types());
        &found[0].content
    }
}

pub(crate) struct Frontend {
    pub child: Child,
    pub shell: zmq::Socket,
    pub control: zmq::Socket,
    pub iopub: zmq::Socket,
    pub heartbeat: zmq::Socket,
    pub session: String,
    pub key: String,
    folder: PathBuf,
    sent: u32,
}

impl Frontend {
    /// A kernel of its own, ready to be used.
    #[track_caller]
    pub(crate) fn start() -> Frontend {
        Frontend::start_with("ipc", KEY)
    }

    #[track_caller]
    pub(crate) fn start_with(transport: &str, key: &str) -> Frontend {
        Frontend::start_by(transport, key, |file| {
            let mut command = Command::new(binary());
            command.arg("kernel").arg(file).env("JPY_PARENT_PID", std::process::id().to_string());
            command
        })
    }

    /// A kernel that `launch` makes the command for, from its connection file.
    #[track_caller]
    pub(crate) fn start_by(transport: &str, key: &str, launch: impl Fn(&Path) -> Command) -> Frontend {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let folder = std::env::temp_dir().join(format!("reconverge {} {number}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join("connection file.json");
            let connection = connection(transport, &folder, key);
            std::fs::write(&file, connection.to_string()).unwrap();
            let child = launch(&file)
                .env_remove("RUST_BACKTRACE")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut frontend = Frontend::connect(child, &connection, key, folder);
            if frontend.is_welcome() {
                return frontend;
            }
        }
    }

    fn connect(child: Child, connection: &Value, key: &str, folder: PathBuf) -> Frontend {
        let context = zmq::Context::new();
        let socket = |kind, port: &str| {
            let socket = context.socket(kind).unwrap();
            socket.set_linger(0).unwrap();
            socket.set_rcvhwm(0).unwrap();
            socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
            socket.connect(&endpoint(connection, port)).unwrap();
            socket
        };
        let frontend = Frontend {
            shell: socket(zmq::DEALER, "shell_port"),
            control: socket(zmq::DEALER, "control_port"),
            iopub: socket(zmq::SUB, "iopub_port"),
            heartbeat: socket(zmq::REQ, "hb_port"),
            child,
            session: format!("frontend-{}", folder.display()),
            key: key.to_string(),
            folder,
            sent: 0,
        };
        frontend.iopub.set_subscribe(b"").unwrap();
        frontend
    }

    /// Waits for the welcome. False if the kernel has ended because somebody else has taken one of its ports, which were
    /// free a moment ago; panics if it has ended for another reason.
    #[track_caller]
    fn is_welcome(&mut self) -> bool {
        while self.iopub.poll(zmq::POLLIN, 50).unwrap() == 0 {
            if self.child.try_wait().unwrap().is_some() {
                let mut words = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
                assert!(words.contains("cannot listen on tcp"), "{words}");
                return false;
            }
        }
        let welcome = self.publication();
        assert_eq!(welcome.msg_type, "iopub_welcome", "{welcome:?}");
        assert_eq!(welcome.parent, json!({}));
        assert_eq!(welcome.content, json!({ "subscription": "" }));
        true
    }

    fn socket(&self, channel: Channel) -> &zmq::Socket {
        match channel {
            Channel::Shell => &self.shell,
            Channel::Control => &self.control,
        }
    }

    pub(crate) fn header(&mut self, msg_type: &str) -> Value {
        self.sent += 1;
        json!({
            "msg_id": format!("{}-{}", self.session, self.sent),
            "session": self.session,
            "username": "tester",
            "date": "2026-01-01T00:00:00.000000Z",
            "msg_type": msg_type,
            "version": "5.4",
            "subshell_id": null,
        })
    }

    /// Sends a request and returns its header.
    pub(crate) fn send(&mut self, channel: Channel, msg_type: &str, content: Value) -> Value {
        self.send_with(channel, msg_type, json!({}), content)
    }

    pub(crate) fn send_with(
        &mut self,
        channel: Channel,
        msg_type: &str,
        metadata: Value,
        content: Value,
    ) -> Value {
        let header = self.header(msg_type);
        let parts = [header.to_string(), "{}".into(), metadata.to_string(), content.to_string()]
            .map(String::into_bytes);
        self.send_frames(channel, self.signed(&parts));
        header
    }

    /// Delimiter, signature and the parts.
    pub(crate) fn signed(&self, parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let signature = sign(&self.key, parts);
        let mut frames = vec![b"<IDS|MSG>".to_vec(), signature.into_bytes()];
        frames.extend(parts.iter().cloned());
        frames
    }

    pub(crate) fn send_frames(&self, channel: Channel, frames: Vec<Vec<u8>>) {
        self.socket(channel).send_multipart(frames, 0).unwrap();
    }

    /// The next reply on a channel.
    #[track_caller]
    pub(crate) fn reply(&self, channel: Channel) -> Message {
        self.message(self.socket(channel).recv_multipart(0).expect("a reply"), 0)
    }

    /// The next publication but for `starting`, which comes once or not at all, before or after the welcome: a front end
    /// that subscribes while the kernel starts may see it.
    #[track_caller]
    pub(crate) fn publication(&self) -> Message {
        loop {
            let message = self.message(self.iopub.recv_multipart(0).expect("a publication"), 1);
            if message.state() != Some("starting") {
                return message;
            }
            assert_eq!(message.parent, json!({}));
        }
    }

    #[track_caller]
    fn message(&self, frames: Vec<Vec<u8>>, prefix: usize) -> Message {
        assert_eq!(frames.len(), prefix + 6, "frames of a message");
        assert_eq!(frames[prefix], b"<IDS|MSG>");
        let parts = &frames[prefix + 2..];
        let signature = String::from_utf8(frames[prefix + 1].clone()).unwrap();
        assert_eq!(signature, sign(&self.key, parts), "signature");
        let [header, parent, metadata, content] =
            [0, 1, 2, 3].map(|i| serde_json::from_slice::<Value>(&parts[i]).expect("JSON"));
        for field in ["msg_id", "session", "username", "date", "msg_type", "version"] {
            assert!(header[field].as_str().is_some_and(|f| !f.is_empty()), "{field} in {header}");
        }
        assert!(metadata.is_object() && parent.is_object() && content.is_object());
        Message { msg_type: header["msg_type"].as_str().unwrap().to_string(), parent, content }
    }

    /// Publications of one request: `busy` first, `idle` last. Nothing of other requests may come between.
    #[track_caller]
    pub(crate) fn until_idle(&self, header: &Value) -> Vec<Message> {
        let busy = self.publication();
        assert_eq!((busy.state(), &busy.parent), (Some("busy"), header), "{busy:?}");
        let mut found = Vec::new();
        loop {
            let message = self.publication();
            assert_eq!(&message.parent, header, "{message:?} does not belong here");
            if message.state() == Some("idle") {
                return found;
            }
            assert_ne!(message.msg_type, "status", "{message:?}");
            found.push(message);
        }
    }

    /// A request with its reply, alone on the wire.
    #[track_caller]
    pub(crate) fn ask(&mut self, channel: Channel, msg_type: &str, content: Value) -> Exchange {
        let header = self.send(channel, msg_type, content);
        let reply = self.reply(channel);
        assert_eq!(reply.parent, header);
        assert_eq!(reply.msg_type, msg_type.replace("_request", "_reply"));
        Exchange { reply: reply.content, published: self.until_idle(&header) }
    }

    #[track_caller]
    pub(crate) fn execute(&mut self, code: &str) -> Exchange {
        self.ask(Channel::Shell, "execute_request", execute_content(code))
    }

    /// Executes a cell that must succeed.
    #[track_caller]
    pub(crate) fn run(&mut self, code: &str) -> Exchange {
        let exchange = self.execute(code);
        assert_eq!(exchange.reply["status"], "ok", "{code}: {}", exchange.reply);
        exchange
    }

    /// Waits for the publications of one request among those of others.
    #[track_caller]
    pub(crate) fn wait_for(&self, header: &Value, state: &str) -> Vec<Message> {
        let id = header["msg_id"].as_str().unwrap();
        let mut seen = Vec::new();
        loop {
            let message = self.publication();
            let found = message.answers(id) && message.state() == Some(state);
            seen.push(message);
            if found {
                return seen;
            }
        }
    }

    /// Panics if the kernel does not answer: it lives.
    #[track_caller]
    pub(crate) fn assert_alive(&mut self) {
        let info = self.ask(Channel::Shell, "kernel_info_request", json!({}));
        assert_eq!(info.reply["status"], "ok");
        assert!(info.published.is_empty());
    }

    /// Asks the kernel to end and waits for it.
    #[track_caller]
    pub(crate) fn shutdown(mut self) -> ExitStatus {
        self.send(Channel::Control, "shutdown_request", json!({ "restart": false }));
        let reply = self.reply(Channel::Control);
        assert_eq!(reply.content, json!({ "status": "ok", "restart": false }));
        self.ended()
    }

    /// How the process ended; panics if it goes on.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.assert_deserted();
        self.child.wait().unwrap()
    }

    /// Panics if any process goes on that has what the started one had for standard error.
    #[track_caller]
    pub(crate) fn assert_deserted(&mut self) {
        let mut stderr = self.child.stderr.take().expect("it is asked once");
        let (teller, told) = channel();
        std::thread::spawn(move || teller.send(stderr.read_to_end(&mut Vec::new())));
        told.recv_timeout(PATIENCE).expect("the kernel goes on").unwrap();
    }
}

impl Drop for Frontend {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn execute_content(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {}, "allow_stdin": false,
        "stop_on_error": true })
}

pub(crate) fn sign(key: &str, parts: &[Vec<u8>]) -> String {
    if key.is_empty() {
        return String::new();
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    parts.iter().for_each(|p| mac.update(p));
    hex::encode(mac.finalize().into_bytes())
}

pub(crate) fn connection(transport: &str, folder: &Path, key: &str) -> Value {
    let mut connection = json!({
        "transport": transport, "ip": "127.0.0.1", "key": key, "signature_scheme": "hmac-sha256",
        "kernel_name": "reconverge",
    });
    if transport == "ipc" {
        connection["ip"] = json!(folder.join("s").display().to_string());
    }
    // All listeners are held until every port is known, so that no port comes twice.
    let listeners: Vec<std::net::TcpListener> =
        (0..5).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let names = ["shell_port", "control_port", "stdin_port", "iopub_port", "hb_port"];
    for (number, (name, listener)) in (1..).zip(names.into_iter().zip(&listeners)) {
        let port = if transport == "ipc" { number } else { listener.local_addr().unwrap().port() };
        connection[name] = json!(port);
    }
    connection
}

pub(crate) fn endpoint(connection: &Value, port: &str) -> String {
    let ip = connection["ip"].as_str().unwrap();
    match connection["transport"].as_str().unwrap() {
        "ipc" => format!("ipc://{ip}-{}", connection[port]),
        _ => format!("tcp://{ip}:{}", connection[port]),
    }
}
