#include "agent/ndes/crl_check.h"

#include <algorithm>
#include <utility>

#include "common/crypto/certificate_fields.h"
#include "common/net/address/url.h"
#include "common/text/hex.h"

namespace certconnector::ndes {
namespace {

using enrollment::NotRevoked;
using enrollment::RevocationAnswer;
using enrollment::RevokedOn;
using enrollment::UnknownRevocation;
using Places = std::vector<CrlPlace>;

constexpr const char* kNoUri = "no URI";
constexpr std::size_t kMostPlaces = 4;  // tried for one certificate
constexpr Duration kLongestInquiry{
    std::chrono::seconds(20)};                              // of one inquiry; then it tries no more
constexpr Duration kLongestTurn{std::chrono::seconds(10)};  // in the pool

// For a message; a certificate may name very many, and very long ones.
std::string joined(const std::vector<std::string>& items) {
  constexpr std::size_t kLongest = 500;
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

bool is_permitted(const CrlSources& sources, const std::string& address) {
  const auto url = net::parse_url(address);
  if (!url.ok() || url->origin.scheme != net::Scheme::http) return false;
  const std::pair host(url->origin.host, url->origin.port);
  return std::find(sources.hosts.begin(), sources.hosts.end(), host) != sources.hosts.end();
}

void append_permitted(const CrlSources& sources, const std::vector<std::string>& addresses,
                      crypto::CrlKind kind, Places& places) {
  for (const std::string& address : addresses) {
    if (places.size() < kMostPlaces && is_permitted(sources, address)) {
      places.push_back({address, false, kind});
    }
  }
}

// The points whose CRL is the CA's own and for all reasons.
Result<std::vector<crypto::DistributionPoint>> points_of(const crypto::CertificateFields& fields,
                                                         std::string_view oid) {
  const auto value = crypto::find_extension(fields, oid);
  if (!value) return std::vector<crypto::DistributionPoint>();
  CC_TRY_ASSIGN(auto points, crypto::parse_distribution_points(*value));
  points.erase(std::remove_if(points.begin(), points.end(),
                              [](const crypto::DistributionPoint& one) {
                                return one.some_reasons || one.other_issuer;
                              }),
               points.end());
  return points;
}

// Where something must be fetched and the caller may not wait: nothing.
using Answer = std::optional<RevocationAnswer>;

// One question about one certificate.
class Inquiry {
 public:
  Inquiry(const CrlSources& sources, CrlShelf& shelf, const Clock& clock, Timestamp wall,
          bool may_wait)
      : sources_(sources),
        shelf_(shelf),
        clock_(clock),
        wall_(wall),
        may_wait_(may_wait),
        until_(clock.now() + kLongestInquiry) {}

  Answer ask(const crypto::Certificate& certificate) {
    const auto fields = crypto::parse_certificate_fields(certificate.der());
    if (!fields.ok()) return UnknownRevocation{fields.error().message()};
    auto points = points_of(*fields, crypto::oid::kCrlDistributionPoints);
    auto freshest = points_of(*fields, crypto::oid::kFreshestCrl);
    if (!points.ok()) return UnknownRevocation{points.error().message()};
    if (!freshest.ok()) return UnknownRevocation{freshest.error().message()};
    serial_ = fields->serial;
    points_ = std::move(*points);
    freshest_ = crypto::uris_of(*freshest);
    const bool names_deltas =
        crypto::find_extension(*fields, crypto::oid::kFreshestCrl).has_value();
    if (names_deltas && freshest_.empty()) freshest_.emplace_back(kNoUri);
    return by_places();
  }

 private:
  Answer by_places() {
    const std::vector<std::string> named = crypto::uris_of(points_);
    Places places;
    append_permitted(sources_, named, crypto::CrlKind::full, places);
    if (!sources_.url.empty()) places.push_back({sources_.url, false});
    if (!sources_.file.empty()) places.push_back({sources_.file, true});
    if (places.empty()) {
      return UnknownRevocation{
          (named.empty() ? "it names no CRL of its CA for all reasons"
                         : "it names CRLs at " + joined(named) +
                               " alone, and crl_hosts names none of these http hosts") +
          std::string("; set crl_hosts, crl_url or crl_file in [registration].")};
    }
    Answer answer = first_known(places, [this](const CrlPlace& place) { return by_place(place); });
    if (auto* unknown = answer ? std::get_if<UnknownRevocation>(&*answer) : nullptr) {
      unknown->why += ". Mend it, or name another CRL with crl_url or crl_file in [registration].";
    }
    return answer;
  }

  // The first answer that is known, else all reasons.
  template <typename Ask>
  Answer first_known(const Places& places, const Ask& ask) {
    std::string why;
    for (const CrlPlace& place : places) {
      if (!why.empty() && clock_.now() >= until_) break;
      Answer answer = ask(place);
      const auto* unknown = answer ? std::get_if<UnknownRevocation>(&*answer) : nullptr;
      if (unknown == nullptr) return answer;
      why += (why.empty() ? "" : "; ") + unknown->why;
    }
    return UnknownRevocation{why};
  }

  static UnknownRevocation unknown(const CrlPlace& place, const std::string& why) {
    const char* what = place.kind == crypto::CrlKind::full ? "the CRL at " : "the delta CRL at ";
    return {what + place.address + " " + why};
  }

  // Why the list that was had shows nothing now; empty: it does.
  [[nodiscard]] std::string why_not(const CrlAnswer& had) const {
    std::string failure = had.failure ? "cannot be used: " + had.failure->message() : "";
    if (!had.list) return failure;
    const std::string why = why_unusable(had.list->crl(), points_, wall_);
    return why.empty() || failure.empty() ? why : failure;
  }

  // A list with the CA's signature that shows the certificate as revoked does so however old it is,
  // and whatever else is missing: a revocation does not end. Only a delta CRL ends a hold.
  [[nodiscard]] Answer or_revoked(Answer answer, const RevocationListRef& list) const {
    const bool open = answer && std::holds_alternative<UnknownRevocation>(*answer);
    const auto* entry = open && list ? list->find(serial_) : nullptr;
    if (entry == nullptr || entry->lifted) return answer;
    return RevokedOn{entry->at};
  }

  Answer by_place(const CrlPlace& place) {
    Answer answer = look_up(place, Freshness::usual);
    if (!std::exchange(base_is_newer_, false)) return answer;
    return look_up(place, Freshness::newest);
  }

  Answer look_up(const CrlPlace& place, Freshness freshness) {
    const auto had = shelf_.get(place, may_wait_, freshness);
    if (!had) return std::nullopt;
    return or_revoked(by_full(place, *had), had->list);
  }

  Answer by_full(const CrlPlace& place, const CrlAnswer& had) {
    const std::string why = why_not(had);
    if (!why.empty()) return unknown(place, why);
    const RevocationListRef& full = had.list;
    std::vector<std::string> deltas = freshest_;
    if (!full->crl().freshest.empty()) {
      const auto named = crypto::parse_distribution_points(full->crl().freshest);
      if (!named.ok()) return unknown(place, "names delta CRLs: " + named.error().message());
      for (std::string& uri : crypto::uris_of(*named)) deltas.push_back(std::move(uri));
      if (deltas.empty()) deltas.emplace_back(kNoUri);
    }
    if (deltas.empty() || !sources_.deltas) return verdict(*full, nullptr);
    return by_deltas(*full, deltas);
  }

  Answer by_deltas(const RevocationList& full, const std::vector<std::string>& named) {
    Places places;
    append_permitted(sources_, named, crypto::CrlKind::delta, places);
    if (places.empty()) {
      return UnknownRevocation{"its delta CRLs are at " + joined(named) +
                               " alone, and crl_hosts names none of these http hosts; add one, or "
                               "set delta_crls = no in [registration]"};
    }
    return first_known(places, [&](const CrlPlace& place) { return by_delta(full, place); });
  }

  Answer by_delta(const RevocationList& full, const CrlPlace& place) {
    const auto had = shelf_.get(place, may_wait_);
    if (!had) return std::nullopt;
    const bool older = had->list && is_older(had->list->crl(), full.crl());
    return older ? Answer(by_delta(full, place, *had))
                 : or_revoked(by_delta(full, place, *had), had->list);
  }

  RevocationAnswer by_delta(const RevocationList& full, const CrlPlace& place,
                            const CrlAnswer& had) {
    std::string why = why_not(had);
    if (why.empty()) {
      why = why_no_match(full.crl(), had.list->crl());
      base_is_newer_ = base_is_newer_ || has_newer_base(full.crl(), had.list->crl());
    }
    if (!why.empty()) return unknown(place, why);
    return verdict(full, is_older(had.list->crl(), full.crl()) ? nullptr : had.list.get());
  }

  // The full one says all then.
  static bool is_older(const crypto::Crl& delta, const crypto::Crl& full) {
    return delta.number && full.number && compare_numbers(*delta.number, *full.number) <= 0;
  }

  // `delta`: null where the full one says all.
  [[nodiscard]] RevocationAnswer verdict(const RevocationList& full,
                                         const RevocationList* delta) const {
    if (const auto* entry = delta == nullptr ? nullptr : delta->find(serial_)) {
      if (entry->lifted) return NotRevoked{};
      return RevokedOn{entry->at};
    }
    if (const auto* entry = full.find(serial_)) return RevokedOn{entry->at};
    return NotRevoked{};
  }

  const CrlSources& sources_;
  CrlShelf& shelf_;
  const Clock& clock_;
  const Timestamp wall_;
  const bool may_wait_;
  const Timestamp until_;
  ByteView serial_;
  std::vector<crypto::DistributionPoint> points_;
  std::vector<std::string> freshest_;
  bool base_is_newer_ = false;  // a delta CRL goes with a newer full CRL than the one at hand
};

}  // namespace

CrlCheck::CrlCheck(CrlSources sources, std::shared_ptr<CrlShelf> shelf, const CrlCheckParts& parts)
    : sources_(std::move(sources)), parts_(parts), shelf_(std::move(shelf)) {
  if (sources_.hosts.empty() && sources_.url.empty() && sources_.file.empty()) {
    trouble_ = "set crl_hosts, crl_url or crl_file in [registration]";
  }
}

Answer CrlCheck::check(const crypto::Certificate& certificate, Timestamp now, bool may_wait) {
  Answer answer = Inquiry(sources_, *shelf_, parts_.clock, now, may_wait).ask(certificate);
  note(answer);
  if (const auto* unknown = answer ? std::get_if<UnknownRevocation>(&*answer) : nullptr) {
    parts_.logger.warning(
        "registration.revocation_unknown",
        "No CRL shows whether a certificate is revoked: " + unknown->why,
        {{"serial", text::to_hex(certificate.serial())}, {"subject", certificate.subject_text()}});
  }
  return answer;
}

void CrlCheck::note(const Answer& answer) {
  if (!answer) return;
  const auto* unknown = std::get_if<UnknownRevocation>(&*answer);
  const std::lock_guard lock(mutex_);
  trouble_.reset();
  if (unknown != nullptr) trouble_ = unknown->why;
}

std::optional<std::string> CrlCheck::trouble() const {
  // Somebody may have mended the file since.
  constexpr Duration kLookCounts{std::chrono::minutes(5)};
  const std::lock_guard lock(mutex_);
  const bool of_now = parts_.clock.now() - looked_ <= kLookCounts;
  return file_trouble_ && of_now ? file_trouble_ : trouble_;
}

void CrlCheck::look(Timestamp now) {
  if (sources_.file.empty()) return;
  const auto had = shelf_->get({sources_.file, true}, true);
  std::string why;
  if (had->failure) why = had->failure->message();
  if (why.empty()) why = why_unusable(had->list->crl(), {}, now);
  const std::lock_guard lock(mutex_);
  looked_ = parts_.clock.now();
  file_trouble_.reset();
  if (!why.empty()) file_trouble_ = "crl_file " + sources_.file + ": " + why;
}

bool CrlCheck::post(Task task) {
  return parts_.pool.post([this, posted = parts_.clock.now(), task = std::move(task)] {
    task(parts_.clock.now() - posted <= kLongestTurn);
  });
}

}  // namespace certconnector::ndes
