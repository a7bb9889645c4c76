#include "agent/ca/local/database_bond.h"

#include <charconv>
#include <string_view>

#include "agent/ca/ca_errors.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxSize = 200;
constexpr std::size_t kIdDigits = 32;
constexpr std::string_view kDatabase = "database ";
constexpr std::string_view kCrlNumber = "\ncrl ";

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad_bond(const std::string& path) {
  return {CaErrc::other_database, ErrorKind::corrupt,
          path +
              " is damaged. It names the database with which the CA issues. Restore it from a "
              "backup, or remove it when you are sure of the database"};
}

Result<DatabaseBond> parse(const std::string& text, const std::string& path) {
  std::string_view rest = text;
  if (rest.substr(0, kDatabase.size()) != kDatabase) return bad_bond(path);
  rest.remove_prefix(kDatabase.size());
  DatabaseBond bond;
  bond.database = rest.substr(0, kIdDigits);
  if (bond.database.size() != kIdDigits || !is_hex(bond.database)) return bad_bond(path);
  rest.remove_prefix(kIdDigits);
  if (rest.substr(0, kCrlNumber.size()) != kCrlNumber) return bad_bond(path);
  rest.remove_prefix(kCrlNumber.size());
  const char* const end = rest.data() + rest.size();
  const auto [last, error] = std::from_chars(rest.data(), end, bond.crl_number);
  if (error != std::errc() ||
      std::string_view(last, static_cast<std::size_t>(end - last)) != "\n") {
    return bad_bond(path);
  }
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
  CC_TRY_ASSIGN(auto bond, parse(*text, path));
  return std::make_optional(std::move(bond));
}

Status write_bond(const std::string& path, const DatabaseBond& bond) {
  std::string text(kDatabase);
  text.append(bond.database).append(kCrlNumber).append(std::to_string(bond.crl_number)) += '\n';
  return platform::write_file_atomically(path, text, platform::FileMode::secret);
}

Result<DatabaseBond> recorded_bond(core::CertificateStore& store, const core::CaFingerprint& ca) {
  DatabaseBond bond;
  CC_TRY_ASSIGN(bond.database, store.id());
  CC_TRY_ASSIGN(const auto crl, store.crl(ca));
  if (crl) bond.crl_number = crl->number;
  return bond;
}

Status check_bond(const std::string& ca, const std::string& path, const DatabaseBond& bond,
                  const DatabaseBond& recorded) {
  if (bond.database != recorded.database) {
    return Error(CaErrc::other_database, ErrorKind::corrupt,
                 "CA " + ca +
                     " issued with another database than the one that is there. Nothing was "
                     "changed. Put the right agent.db back, or restore a backup of both: "
                     "`certconnectord --restore DIR`. To go on with this database although it does "
                     "not know what the CA issued and revoked, remove " +
                     path);
  }
  if (bond.crl_number > recorded.crl_number) {
    return Error(CaErrc::other_database, ErrorKind::corrupt,
                 "the database is an older copy: CA " + ca + " has published CRL number " +
                     std::to_string(bond.crl_number) +
                     ", and the database knows no later one than " +
                     std::to_string(recorded.crl_number) +
                     ". Nothing was changed. Put the newer agent.db back. To go on with the older "
                     "one although it may have forgotten revocations, remove " +
                     path);
  }
  return {};
}

}  // namespace certconnector::ca
