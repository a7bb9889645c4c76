// Which members each message has: one list, read by the encoder and the decoder alike. Internal to
// the codec.
//
// visit(name, field): the member must be there; a std::optional may be left out. may(name, field):
// left out when empty, keeps its default when missing; only where the default is empty.
// always(name, field): written always, keeps its default when missing. A struct that is described
// inline shares its parent's object.
#pragma once

#include "proto/control/certificate_fields.h"
#include "proto/control/configuration_fields.h"
#include "proto/control/doctor_fields.h"
#include "proto/control/earlier_fields.h"
#include "proto/control/messages.h"
#include "proto/control/scep_fields.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, Finding& x) {
  v.visit("code", x.code);
  v.visit("component", x.component);
  v.visit("level", x.level);
  v.visit("message", x.message);
  v.visit("remedy", x.remedy);
}

template <typename V>
void describe(V& v, Identity& x) {
  v.visit("agent_id", x.agent_id);
  v.visit("subject", x.subject);
  v.visit("issuer", x.issuer);
  v.visit("serial", x.serial);
  v.visit("sha256", x.sha256);
  v.visit("not_before", x.not_before);
  v.visit("not_after", x.not_after);
  v.visit("renew_at", x.renew_at);
  v.visit("source", x.source);
}

template <typename V>
void describe(V& v, Endpoint& x) {
  v.visit("url", x.url);
  v.visit("reachable", x.reachable);
  v.visit("last_success", x.last_success);
  v.visit("last_error", x.last_error);
}

template <typename V>
void describe(V& v, Crl& x) {
  v.visit("number", x.number);
  v.visit("this_update", x.this_update);
  v.visit("next_update", x.next_update);
  v.visit("entries", x.entries);
  v.visit("partitions", x.partitions);
}

template <typename V>
void describe(V& v, Template& x) {
  v.visit("name", x.name);
  v.visit("needs_approval", x.needs_approval);
}

template <typename V>
void describe(V& v, Ca& x) {
  v.visit("name", x.name);
  v.visit("backend", x.backend);
  v.visit("sha256", x.sha256);
  v.visit("subject", x.subject);
  v.visit("not_after", x.not_after);
  v.visit("templates", x.templates);
  v.visit("set_up", x.set_up);
  v.visit("healthy", x.healthy);
  v.visit("message", x.message);
  v.visit("breaker", x.breaker);
  v.visit("running", x.running);
  v.visit("certificates", x.certificates);
  v.visit("crl", x.crl);
}

template <typename V>
void describe(V& v, Count& x) {
  v.visit("ca", x.ca);
  v.visit("ca_name", x.ca_name);
  v.visit("type", x.type);
  v.visit("state", x.state);
  v.visit("count", x.count);
}

template <typename V>
void describe(V& v, StatusResult& x) {
  v.visit("version", x.version);
  v.visit("state", x.state);
  v.visit("started", x.started);
  v.visit("now", x.now);
  v.visit("identity", x.identity);
  v.visit("endpoint", x.endpoint);
  v.visit("authorities", x.cas);
  v.may("scep", x.scep);
  v.visit("counts", x.counts);
  v.may("outcomes", x.outcomes);
  v.visit("outcomes_since", x.outcomes_since);
  v.always("outcomes_complete", x.outcomes_complete);
  v.visit("queue_depth", x.queue_depth);
  v.visit("unreported", x.unreported);
  v.visit("issued_since_start", x.issued_since_start);
  v.visit("revoked_since_start", x.revoked_since_start);
  v.visit("failed_since_start", x.failed_since_start);
  v.may("database_octets", x.database_octets);
  v.may("database_free_octets", x.database_free_octets);
  v.visit("health", x.health);
  v.visit("findings", x.findings);
}

template <typename V>
void describe(V& v, HealthResult& x) {
  v.visit("health", x.health);
  v.visit("findings", x.findings);
}

template <typename V>
void describe(V& v, JobsListArguments& x) {
  v.visit("state", x.state);
  v.visit("outcome", x.outcome);
  v.visit("type", x.type);
  v.visit("ca", x.ca);
  v.visit("since", x.since);
  v.visit("until", x.until);
  v.always("limit", x.limit);
  v.visit("after", x.after);
}

template <typename V>
void describe(V& v, JobLease& x) {
  v.visit("number", x.number);
  v.visit("until", x.until);
}

template <typename V>
void describe(V& v, JobOutcome& x) {
  v.visit("kind", x.kind);
  v.may("serial", x.serial);
  v.may("sha256", x.sha256);
  v.visit("not_before", x.not_before);
  v.visit("not_after", x.not_after);
  v.may("certificate", x.certificate);
  v.may("note", x.note);
  v.visit("revoked_at", x.revoked_at);
  v.may("already_revoked", x.already_revoked);
  v.may("code", x.code);
  v.may("hresult", x.hresult);
  v.may("hresult_hex", x.hresult_hex);
  v.may("message", x.message);
}

template <typename V>
void describe(V& v, Job& x) {
  v.visit("id", x.id);
  v.visit("source", x.source);
  v.visit("instance", x.instance);
  v.visit("digest", x.digest);
  v.visit("type", x.type);
  v.visit("ca", x.ca);
  v.visit("ca_name", x.ca_name);
  v.visit("state", x.state);
  v.may("ended_as", x.ended_as);
  v.may("correlation_id", x.correlation_id);
  v.visit("priority", x.priority);
  v.visit("attempts", x.attempts);
  v.visit("received", x.received);
  v.visit("due", x.due);
  v.visit("deadline", x.deadline);
  v.visit("started", x.started);
  v.visit("finished", x.finished);
  v.visit("reported", x.reported);
  v.visit("lease", x.lease);
  v.visit("waiting_for_approval", x.waiting_for_approval);
  v.may("last_code", x.last_code);
  v.may("last_message", x.last_message);
  v.may("template", x.template_name);
  v.may("sid", x.sid);
  v.may("serial", x.serial);
  v.may("thumbprint", x.thumbprint);
  v.may("reason", x.reason);
  v.visit("outcome", x.outcome);
}

template <typename V>
void describe(V& v, JobsListResult& x) {
  v.visit("jobs", x.jobs);
  v.visit("next", x.next);
  v.visit("searched_to", x.searched_to);
}

template <typename V>
void describe(V& v, JobArguments& x) {
  v.visit("id", x.id);
  v.visit("source", x.source);
  v.visit("instance", x.instance);
}

template <typename V>
void describe(V& v, JobDenyArguments& x) {
  describe(v, x.job);
  v.may("why", x.why);
}

template <typename V>
void describe(V& v, Event& x) {
  v.visit("at", x.at);
  v.visit("kind", x.kind);
  v.visit("message", x.message);
}

template <typename V>
void describe(V& v, JobDetail& x) {
  describe(v, x.job);
  v.visit("history", x.history);
}

template <typename V>
void describe(V& v, JobsShowResult& x) {
  v.visit("jobs", x.jobs);
}

template <typename V>
void describe(V& v, JobExplanation& x) {
  v.visit("id", x.id);
  v.visit("source", x.source);
  v.visit("instance", x.instance);
  v.visit("state", x.state);
  v.visit("happened", x.happened);
  v.visit("why", x.why);
  v.visit("next", x.next);
}

template <typename V>
void describe(V& v, JobsExplainResult& x) {
  v.visit("jobs", x.jobs);
}

template <typename V>
void describe(V& v, JobChangedResult& x) {
  v.visit("id", x.id);
  v.visit("source", x.source);
  v.visit("instance", x.instance);
  v.visit("state", x.state);
}

template <typename V>
void describe(V& v, CaListResult& x) {
  v.visit("authorities", x.cas);
  v.may("at_rest", x.at_rest);
}

template <typename V>
void describe(V& v, CaArguments& x) {
  v.visit("name", x.name);
}

template <typename V>
void describe(V& v, CaTestResult& x) {
  v.visit("name", x.name);
  v.visit("message", x.message);
}

template <typename V>
void describe(V& v, CaCreateArguments& x) {
  v.visit("name", x.name);
  v.visit("kind", x.kind);
  v.visit("subject", x.subject);
  v.always("key_kind", x.key_kind);
  v.always("key_bits", x.key_bits);
  v.always("lifetime_days", x.lifetime_days);
}

template <typename V>
void describe(V& v, CaImportArguments& x) {
  v.visit("name", x.name);
  v.may("certificate_pem", x.certificate_pem);
  v.may("key_pem", x.key_pem);
  v.may("pkcs12", x.pkcs12);
  v.may("passphrase", x.passphrase);
  v.may("examine", x.examine);
  v.may("past_is_told", x.past_is_told);
}

template <typename V>
void describe(V& v, CaCreatedResult& x) {
  v.visit("name", x.name);
  v.may("sha256", x.sha256);
  v.may("certificate_pem", x.certificate_pem);
  v.may("request_pem", x.request_pem);
  v.may("past_is_known", x.past_is_known);
  v.may("certificates", x.certificates);
  v.may("crl_addresses", x.crl_addresses);
  v.may("limits", x.limits);
  v.visit("past", x.past);
}

template <typename V>
void describe(V& v, ExportedCertificate& x) {
  v.visit("der", x.der);
  v.visit("subject", x.subject);
  v.visit("issuer", x.issuer);
  v.visit("sha256", x.sha256);
  v.visit("not_after", x.not_after);
  v.visit("self_signed", x.self_signed);
}

template <typename V>
void describe(V& v, CaExportResult& x) {
  v.visit("name", x.name);
  v.visit("certificates", x.certificates);
}

template <typename V>
void describe(V& v, CaPublishCrlResult& x) {
  v.visit("name", x.name);
  v.visit("crl", x.crl);
  v.visit("past", x.past);
}

template <typename V>
void describe(V& v, EnrollArguments& x) {
  v.visit("token", x.token);
}

template <typename V>
void describe(V& v, IdentityResult& x) {
  v.visit("identity", x.identity);
}

template <typename V>
void describe(V& v, ReloadResult& x) {
  v.visit("at", x.at);
  v.visit("taken", x.taken);
  v.visit("changed", x.changed);
  v.visit("needs_restart", x.needs_restart);
  v.visit("refused", x.refused);
  v.visit("new_findings", x.new_findings);
}

template <typename V>
void describe(V& v, RunStateResult& x) {
  v.visit("state", x.state);
}

template <typename V>
void describe(V& v, BackupArguments& x) {
  v.visit("folder", x.folder);
}

template <typename V>
void describe(V& v, BackupResult& x) {
  v.visit("folder", x.folder);
}

template <typename V>
void describe(V& v, BackupProgressResult& x) {
  v.visit("step", x.step);
  v.visit("done", x.done);
  v.visit("total", x.total);
}

template <typename V>
void describe(V& v, CompletionResult& x) {
  v.visit("shell", x.shell);
  v.visit("script", x.script);
}

template <typename V>
void describe(V& v, VersionResult& x) {
  v.visit("version", x.version);
  v.visit("protocol", x.protocol);
  v.visit("commit", x.commit);
  v.visit("openssl", x.openssl);
  v.visit("sqlite", x.sqlite);
  v.visit("program_version", x.program_version);
}

template <typename V>
void describe(V& /*v*/, NoArguments& /*x*/) {}

}  // namespace certconnector::control_proto
