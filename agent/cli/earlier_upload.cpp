#include "agent/cli/earlier_upload.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <random>

#include "agent/cli/caller_files.h"
#include "agent/cli/openssl_index.h"
#include "common/text/base64.h"
#include "common/text/pem_blocks.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxCrlFile = std::size_t{96} * 1024 * 1024;  // PEM is a third larger
constexpr std::size_t kMaxBatch = std::size_t{1024} * 1024;         // octets of certificates
constexpr std::uint64_t kProgressStep = 10000;

Error bad_file(const std::string& what) {
  return {FileErrc::unreadable, ErrorKind::permanent, what};
}

Error refused_by_agent(const control_proto::Problem& problem) {
  return {FileErrc::refused, ErrorKind::permanent,
          problem.message + (problem.remedy.empty() ? "" : "\n  " + problem.remedy)};
}

std::string random_id() {
  std::random_device source;
  return std::to_string(source()) + "-" + std::to_string(source());
}

void add_answer(wire::CaEarlierResult& sum, wire::CaEarlierResult one, const std::string& file) {
  sum.added += one.added;
  sum.known += one.known;
  sum.expired += one.expired;
  for (std::string& note : one.notes) sum.notes.push_back(note.insert(0, file + ": "));
  for (std::string& address : one.crl_addresses) {
    auto& all = sum.crl_addresses;
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(std::move(address));
  }
}

bool is_regular(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);  // follows links; a FIFO or a device is none
}

// Of the certificate with this serial number.
std::optional<std::string> file_of(const std::string& serial,
                                   const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    for (const char* ending : {".pem", ".crt"}) {
      const fs::path file = fs::u8path(folder) / (serial + ending);
      if (is_regular(file)) return file.generic_u8string();
    }
  }
  return std::nullopt;
}

}  // namespace

Result<wire::CaEarlierResult> EarlierUpload::send(wire::CaEarlierArguments arguments) {
  arguments.name = ca_;
  arguments.certificate_pem = certificate_pem_;
  auto reply = session_.ask<wire::CaEarlierResult>(wire::command::kCaEarlier, arguments);
  if (!reply) return refused_by_agent(session_.trouble().problem);
  return std::move(reply->result);
}

void EarlierUpload::show_progress(std::uint64_t& next, std::uint64_t count, const char* of) {
  if (count < next + kProgressStep || session_.json()) return;
  next = count - count % kProgressStep;
  session_.around().err << next << " " << of << " so far\n" << std::flush;
}

Status EarlierUpload::send_crl(const std::string& file) {
  CC_TRY_ASSIGN(const std::string content, read_input(file, session_.around().in, kMaxCrlFile));
  const auto lists = text::der_of(content, "X509 CRL");
  if (lists.size() != 1) return bad_file(file + " has no CRL, or several (DER, or PEM X509 CRL)");
  const std::string& der = lists.front();
  if (der.size() > wire::kMaxCrl) {
    return bad_file("the CRL in " + file + " has " + std::to_string(der.size()) +
                    " octets; at most " + std::to_string(wire::kMaxCrl) + " are allowed");
  }
  wire::CaEarlierArguments part;
  part.crl_upload = random_id();
  part.crl_size = der.size();
  wire::CaEarlierResult answer;
  for (std::size_t at = 0; at < der.size(); at += wire::kMaxCrlPart) {
    const std::string_view octets = std::string_view(der).substr(at, wire::kMaxCrlPart);
    part.crl_offset = at;
    part.crl = text::to_base64(as_bytes(octets));
    auto sent = send(part);
    if (!sent.ok()) return sent.error().with_context(file);
    answer = std::move(*sent);
  }
  add_answer(revocations_, std::move(answer), file);
  revocations_told_ = true;
  return {};
}

Status EarlierUpload::send_nothing() {
  CC_TRY(send({}));
  return {};
}

Status EarlierUpload::send_issued(const std::string& path) {
  std::error_code failure;
  const fs::path place = fs::u8path(path);
  if (fs::is_directory(place, failure)) return send_folder(path);
  if (is_regular(place)) return send_index(path);
  return bad_file(path + " is neither a folder nor a file that can be read");
}

Status EarlierUpload::send_folder(const std::string& folder) {
  std::error_code failure;
  for (fs::directory_iterator at(fs::u8path(folder), failure), end; !failure && at != end;
       at.increment(failure)) {
    if (is_regular(at->path())) {
      CC_TRY(add_file(at->path().generic_u8string()));
    } else {
      ++passed_over_;
    }
  }
  if (failure) return bad_file("cannot read the folder " + folder + ": " + failure.message());
  return flush_certificates();
}

Status EarlierUpload::add_file(const std::string& file) {
  CC_TRY_ASSIGN(const std::string content, read_input(file, session_.around().in));
  auto certificates = text::der_of(content, "CERTIFICATE");
  if (certificates.empty()) ++passed_over_;
  for (const std::string& der : certificates) CC_TRY(add_certificate(der, file));
  return {};
}

Status EarlierUpload::add_certificate(const std::string& der, const std::string& file) {
  const bool full = files_.size() == wire::kMaxEarlier || octets_ + der.size() > kMaxBatch;
  if (full) CC_TRY(flush_certificates());
  octets_ += der.size();
  batch_.certificates.push_back(text::to_base64(as_bytes(der)));
  files_.push_back(file);
  return {};
}

Status EarlierUpload::flush_certificates() {
  if (files_.empty()) return {};
  wire::CaEarlierArguments arguments;
  arguments.certificates = std::move(batch_.certificates);
  batch_.certificates.clear();
  const std::vector<std::string> files = std::move(files_);
  files_.clear();
  octets_ = 0;
  sent_ += files.size();
  CC_TRY_ASSIGN(auto answer, send(std::move(arguments)));
  for (const wire::EarlierRefused& one : answer.refused) {
    const std::string file = one.index < files.size() ? files[one.index] : std::string("?");
    certificates_.refused.push_back({certificates_.refused.size(), file + ": " + one.why});
  }
  answer.refused.clear();
  add_answer(certificates_, std::move(answer), files.front());
  show_progress(next_progress_, sent_, "certificates");
  return {};
}

Status EarlierUpload::flush_revocations() {
  if (batch_.revocations.empty()) return {};
  wire::CaEarlierArguments arguments;
  arguments.revocations = std::move(batch_.revocations);
  batch_.revocations.clear();
  CC_TRY_ASSIGN(auto answer, send(std::move(arguments)));
  add_answer(revocations_, std::move(answer), {});
  return {};
}

Status EarlierUpload::send_index(const std::string& file) {
  std::ifstream lines(fs::u8path(file), std::ios::binary);
  if (!lines) return bad_file("cannot open " + file + " for reading");
  const fs::path beside = fs::u8path(file).parent_path();
  std::vector<std::string> folders;
  // Of `openssl ca` and of easy-rsa.
  for (const char* name : {"newcerts", "certs_by_serial", "revoked/certs_by_serial", "."}) {
    std::error_code failure;
    const fs::path folder = beside / name;
    if (fs::is_directory(folder, failure)) folders.push_back(folder.generic_u8string());
  }
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const Status taken = line.size() > kMaxIndexLine ? Status(bad_file("the line is too long"))
                                                     : take_line(line, folders);
    if (!taken.ok()) {
      return taken.error().with_context("line " + std::to_string(number) + " of " + file);
    }
  }
  if (lines.bad()) return bad_file("cannot read " + file);
  if (number == 0) return bad_file(file + " is empty; if the CA issued nothing: --no-revocations");
  CC_TRY(flush_revocations());
  CC_TRY(flush_certificates());
  revocations_told_ = true;
  return {};
}

Status EarlierUpload::take_line(const std::string& line, const std::vector<std::string>& folders) {
  CC_TRY_ASSIGN(const auto parsed, parse_index_line(line));
  if (!parsed) return {};
  // Its last CRL has shown it already.
  if (parsed->state == IndexLine::State::expired || parsed->not_after < session_.now()) {
    ++revocations_.expired;
    return {};
  }
  if (parsed->state == IndexLine::State::revoked && parsed->reason != "removeFromCRL") {
    batch_.revocations.push_back({parsed->serial, parsed->revoked_at, parsed->reason,
                                  parsed->not_after, parsed->invalidity_date});
    if (batch_.revocations.size() == wire::kMaxEarlier) CC_TRY(flush_revocations());
  }
  if (const auto file = file_of(parsed->serial, folders)) return add_file(*file);
  if (parsed->state == IndexLine::State::valid) ++without_file_;
  return {};
}

}  // namespace certconnector::cli
