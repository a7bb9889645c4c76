#include "agent/ca/local/database_bond.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "agent/ca/ca_errors.h"
#include "agent/ca/earlier_records.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/words.h"
#include "common/crypto/crl.h"
#include "common/text/hex.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxSize = 400;
constexpr std::size_t kMaxCrl = std::size_t{256} * 1024 * 1024;
constexpr std::size_t kIdDigits = 32;

std::string after_another_database() {
  return ". Nothing was changed. Put the newer agent.db back. Without it: `" +
         platform::service_commands().agent_as_its_user +
         " --salvage` goes on with what is there, with the revocations of the published CRL, and "
         "says what may be lost";
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad_bond(const std::string& path) {
  return {CaErrc::other_database, ErrorKind::corrupt,
          path +
              " is damaged. It names the database with which the CA issues. Nothing was changed. "
              "When you are sure of the database, move it away: " +
              platform::command_that_moves(path, path + ".damaged")};
}

// A line of the file, taken from its beginning: "NAME VALUE".
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view name) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos || rest.substr(0, name.size()) != name) return std::nullopt;
  std::string_view value = rest.substr(name.size(), end - name.size());
  rest.remove_prefix(end + 1);
  if (value.empty() || value.front() != ' ') return std::nullopt;
  value.remove_prefix(1);
  return value;
}

std::optional<std::uint64_t> number_in(const std::optional<std::string_view>& text) {
  std::uint64_t number = 0;
  if (!text) return std::nullopt;
  const char* const end = text->data() + text->size();
  const auto [last, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && last == end ? std::make_optional(number) : std::nullopt;
}

std::optional<DatabaseBond> parse(std::string_view rest) {
  DatabaseBond bond;
  const auto id = take_line(rest, "database");
  const auto progress = number_in(take_line(rest, "progress"));
  const auto crl = number_in(take_line(rest, "crl"));
  const auto ca = take_line(rest, "ca");
  if (!id || !progress || !crl || !ca || !rest.empty()) return std::nullopt;
  const auto key = text::from_hex(*ca);
  if (id->size() != kIdDigits || !is_hex(*id) || !key || key->size() != bond.ca.size()) {
    return std::nullopt;
  }
  bond.database = {std::string(*id), *progress};
  bond.crl_number = *crl;
  std::copy(key->begin(), key->end(), bond.ca.begin());
  return bond;
}

}  // namespace

Result<std::optional<DatabaseBond>> read_bond(const std::string& path) {
  const auto text = platform::read_file(path, kMaxSize);
  if (!text.ok()) {
    if (text.error().code() == error_code(platform::PlatformErrc::not_found)) {
      return std::optional<DatabaseBond>();
    }
    return text.error();
  }
  auto bond = parse(*text);
  if (!bond) return bad_bond(path);
  return bond;
}

Status write_bond(const std::string& path, const DatabaseBond& bond) {
  std::string text = "database " + bond.database.id;
  text.append("\nprogress ").append(std::to_string(bond.database.progress));
  text.append("\ncrl ").append(std::to_string(bond.crl_number));
  text.append("\nca ").append(text::to_hex({bond.ca.data(), bond.ca.size()})) += '\n';
  return platform::write_file_atomically(path, text, platform::FileMode::secret);
}

Result<DatabaseBond> recorded_bond(core::CertificateStore& store, const core::CaFingerprint& ca,
                                   const core::CaKeyId& key) {
  DatabaseBond bond;
  bond.ca = key;
  CC_TRY_ASSIGN(bond.database, store.mark());
  CC_TRY_ASSIGN(const auto crl, store.crl(ca));
  if (crl) bond.crl_number = crl->number;
  return bond;
}

Status check_bond(const std::string& ca, const DatabaseBond& bond, const DatabaseBond& recorded) {
  // The certificate is another CA's. The CA itself tells what is wrong.
  if (bond.ca != recorded.ca) return {};
  if (bond.database.id != recorded.database.id) {
    return Error(CaErrc::other_database, ErrorKind::corrupt,
                 "CA " + ca + " issued with another database than the agent.db that is there" +
                     after_another_database());
  }
  CC_TRY(check_published(ca, bond.crl_number, recorded.crl_number));
  if (bond.database.progress > recorded.database.progress) {
    return Error(CaErrc::other_database, ErrorKind::corrupt,
                 "the agent.db that is there is an older copy: CA " + ca +
                     " has issued with a later state of it" + after_another_database());
  }
  return {};
}

std::uint64_t published_number(const std::string& crl_file, const crypto::Certificate& ca) {
  const auto text = platform::read_file(crl_file, kMaxCrl);
  if (!text.ok()) return 0;
  const auto crl = crypto::parse_crl(as_bytes(*text));
  if (!crl.ok() || !crl->number || crl->issuer != ByteView(ca.subject())) return 0;
  return small_number(*crl->number).value_or(0);
}

Status check_published(const std::string& ca, std::uint64_t published, std::uint64_t taken) {
  if (published <= taken) return {};
  return Error(CaErrc::other_database, ErrorKind::corrupt,
               "the agent.db that is there is an older copy: CA " + ca +
                   " has published CRL number " + std::to_string(published) +
                   ", and agent.db knows no later one than " + std::to_string(taken) +
                   after_another_database());
}

}  // namespace certconnector::ca
