//! Cells: queued, run one at a time, shown, ended. What `silent`, `store_history` and `stop_on_error` mean is here.
//!
//! Enters: execute requests, what the running cell reports. Leaves: effects of the [`Server`].

use super::{Channel, Effect, Server, flag};
use crate::display::{self, Bundle};
use crate::wire::Request;
use crate::worker::{CellEnd, CellJob, Failed, Finished, Rate};
use reconverge_lang::session::CellRef;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A cell may show this many bytes; browsers freeze on more.
const OUTPUT_LIMIT: usize = 24 << 20;

/// The cell that runs.
pub(super) struct Running {
    job: u64,
    request: Request,
    code: String,
    silent: bool,
    store: bool,
    stop_on_error: bool,
    number: u64,
    /// Set to stop it. Each cell has its own, so that a late interrupt never hits the next cell.
    cancel: Arc<AtomicBool>,
    /// Bytes shown so far.
    shown: usize,
    /// Plain text of the result, for the history.
    result: Option<String>,
    /// The display that progress is shown in.
    progress: Option<String>,
}

impl Server {
    pub(super) fn enqueue(&mut self, request: Request) {
        self.queue.push_back(request);
        self.start_next();
    }

    fn start_next(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some(request) = self.queue.pop_front() else { return };
        self.status(&request, "busy");
        let Some(code) = request.content.get("code").and_then(Value::as_str).map(str::to_owned) else {
            let failed = Failed::new("ProtocolError", "the execute_request has no text in `code`");
            self.reply(Channel::Shell, &request, "execute_reply", error_reply(&failed, self.count));
            self.status(&request, "idle");
            return self.start_next();
        };
        let silent = flag(&request.content, "silent", false);
        let store = !silent && flag(&request.content, "store_history", true);
        self.count += u64::from(store);
        self.jobs += 1;
        if !silent {
            let content = json!({ "code": code, "execution_count": self.count });
            self.publish(Some(&request), "execute_input", content);
        }
        let cancel = Arc::new(AtomicBool::new(false));
        let asked = request.content.get("user_expressions").and_then(Value::as_object);
        self.effects.push(Effect::Run(CellJob {
            job: self.jobs,
            cell: CellRef { id: cell_id(&request.metadata), name: format!("cell {}", self.count) },
            code: code.clone(),
            user_expressions: asked.cloned().unwrap_or_default(),
            cancel: cancel.clone(),
        }));
        self.running = Some(Running {
            job: self.jobs,
            stop_on_error: !silent && flag(&request.content, "stop_on_error", true),
            number: self.count,
            request,
            code,
            silent,
            store,
            cancel,
            shown: 0,
            result: None,
            progress: None,
        });
    }

    /// The running cell, if it is this one and shows what it does.
    fn visible(&mut self, job: u64) -> Option<Running> {
        if self.running.as_ref().is_some_and(|r| r.job == job && !r.silent) {
            return self.running.take();
        }
        None
    }

    pub(super) fn show(&mut self, job: u64, bundle: Bundle, is_result: bool) {
        let Some(mut running) = self.visible(job) else { return };
        if is_result {
            self.end_progress(&mut running);
        }
        let before = running.shown;
        running.shown += bundle.bytes();
        if running.shown <= OUTPUT_LIMIT {
            match running.progress.take() {
                // The answer takes the place of the progress: what is stored does not depend on how long it took.
                Some(id) => {
                    self.publish(Some(&running.request), "update_display_data", updatable(bundle, &id))
                }
                None => self.show_bundle(&mut running, bundle, is_result),
            }
        } else if before <= OUTPUT_LIMIT {
            let words = "This cell shows more than 24 MB; the rest of its output is left out.";
            self.show_bundle(&mut running, Bundle::text(words), false);
        }
        self.running = Some(running);
    }

    fn show_bundle(&mut self, running: &mut Running, bundle: Bundle, is_result: bool) {
        let mut content = json!({ "data": bundle.data, "metadata": bundle.metadata });
        if is_result {
            running.result = bundle.plain().map(str::to_owned);
            content["execution_count"] = json!(running.number);
            self.publish(Some(&running.request), "execute_result", content);
        } else {
            content["transient"] = json!({});
            self.publish(Some(&running.request), "display_data", content);
        }
    }

    pub(super) fn progress(&mut self, job: u64, rate: Rate) {
        let Some(mut running) = self.visible(job) else { return };
        let bundle = display::progress(&rate);
        let (msg_type, id) = match running.progress.take() {
            Some(id) => ("update_display_data", id),
            None => ("display_data", format!("reconverge-progress-{}-{}", running.job, running.shown)),
        };
        self.publish(Some(&running.request), msg_type, updatable(bundle, &id));
        running.progress = Some(id);
        self.running = Some(running);
    }

    /// What stays in the notebook where progress was shown and no answer came.
    fn end_progress(&mut self, running: &mut Running) {
        if let Some(id) = running.progress.take() {
            let bundle = Bundle::text("exploration ended");
            self.publish(Some(&running.request), "update_display_data", updatable(bundle, &id));
        }
    }

    pub(super) fn finish(&mut self, job: u64, finished: Finished) {
        if let Some(session) = finished.session {
            self.session = session;
        }
        if self.running.as_ref().is_some_and(|r| r.job == job) {
            self.end(finished.end, finished.user_expressions);
            self.start_next();
        }
    }

    fn end(&mut self, end: CellEnd, user_expressions: Map<String, Value>) {
        let Some(mut running) = self.running.take() else { return };
        self.end_progress(&mut running);
        let reply = match &end {
            CellEnd::Done(warnings) => {
                if let Some(bundle) = warnings.clone().filter(|_| !running.silent) {
                    self.show_bundle(&mut running, bundle, false);
                }
                json!({
                    "status": "ok",
                    "execution_count": running.number,
                    "payload": [],
                    "user_expressions": user_expressions,
                })
            }
            CellEnd::Failed(failed) => {
                if !running.silent {
                    let content = json!({
                        "ename": failed.ename, "evalue": failed.evalue, "traceback": failed.traceback,
                    });
                    self.publish(Some(&running.request), "error", content);
                }
                error_reply(failed, running.number)
            }
        };
        self.reply(Channel::Shell, &running.request, "execute_reply", reply);
        self.status(&running.request, "idle");
        if running.store {
            self.history.push(running.number, running.code, running.result);
        }
        if matches!(end, CellEnd::Failed(_)) && running.stop_on_error {
            self.abort_queue();
        }
    }

    /// Cells that were sent before the failure do not run; other requests are answered as ever.
    fn abort_queue(&mut self) {
        for request in std::mem::take(&mut self.queue) {
            self.abort(&request);
        }
    }

    fn abort(&mut self, request: &Request) {
        self.status(request, "busy");
        let content = json!({ "status": "aborted", "execution_count": self.count });
        self.reply(Channel::Shell, request, "execute_reply", content);
        self.status(request, "idle");
    }

    pub(super) fn interrupt(&mut self) {
        if let Some(running) = &self.running {
            running.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// The kernel ends: what runs and what waits is answered now.
    pub(super) fn abandon(&mut self) {
        let failed = Failed::new("Interrupted", "the kernel was shut down");
        self.end(CellEnd::Failed(failed), Map::new());
        self.abort_queue();
    }
}

fn error_reply(failed: &Failed, number: u64) -> Value {
    json!({
        "status": "error",
        "execution_count": number,
        "ename": failed.ename,
        "evalue": failed.evalue,
        "traceback": failed.traceback,
        "payload": [],
        "user_expressions": {},
    })
}

fn updatable(bundle: Bundle, id: &str) -> Value {
    json!({ "data": bundle.data, "metadata": bundle.metadata, "transient": { "display_id": id } })
}

/// Where front ends put the id of the cell: JupyterLab `cellId`, others `cell_id`.
fn cell_id(metadata: &Map<String, Value>) -> Option<String> {
    let id = metadata.get("cellId").or_else(|| metadata.get("cell_id"))?;
    id.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}
