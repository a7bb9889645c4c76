#include "tests/endpoint/request_files.h"

#include <algorithm>
#include <filesystem>

#include "common/text/base64.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/openssl_handles.h"
#include "tests/endpoint/state_file.h"

namespace certconnector::endpoint {
namespace {

namespace fs = std::filesystem;

bool is_request_suffix(const std::string& suffix) {
  return suffix == ".csr" || suffix == ".p10" || suffix == ".pem" || suffix == ".der";
}

// Nothing when the text has no request in PEM armour (RFC 7468 section 7).
std::optional<Bytes> from_armour(const std::string& text) {
  const auto label = text.find("CERTIFICATE REQUEST-----");
  const auto begin = text.find('\n', label);
  const auto end = text.find("-----END", begin);
  if (label == std::string::npos || begin == std::string::npos || end == std::string::npos) {
    return std::nullopt;
  }
  std::string body = text.substr(begin, end - begin);
  body.erase(std::remove_if(body.begin(), body.end(),
                            [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }),
             body.end());
  return text::from_base64(body);
}

Error no_request(const fs::path& path) {
  return {EndpointErrc::malformed, ErrorKind::permanent,
          path.string() + " is not a PKCS#10 request in PEM or DER"};
}

Result<std::vector<fs::path>> list_folder(const std::string& folder) {
  std::vector<fs::path> paths;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (is_request_suffix(at->path().extension().string())) paths.push_back(at->path());
  }
  if (failed) {
    return Error(EndpointErrc::storage, ErrorKind::permanent,
                 "cannot read the folder " + folder + ": " + failed.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<std::vector<RequestFile>> read_request_files(const std::string& folder) {
  CC_TRY_ASSIGN(const auto paths, list_folder(folder));
  std::vector<RequestFile> files;
  for (const fs::path& path : paths) {
    CC_TRY_ASSIGN(const auto content, read_file(path.string()));
    if (!content) continue;
    auto der = from_armour(*content);
    if (!der && path.extension() == ".pem") continue;
    if (!der && !content->empty() && content->front() == '\x30') {
      der = as_bytes(*content).to_bytes();
    }
    if (!der) return no_request(path);
    files.push_back({path.stem().string(), std::move(*der)});
  }
  if (files.empty()) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "there are no requests (*.csr, *.p10, *.pem, *.der) in " + folder);
  }
  return files;
}

Result<std::string> subject_of_request(ByteView der) {
  const unsigned char* data = der.data();
  const RequestHandle request(d2i_X509_REQ(nullptr, &data, static_cast<long>(der.size())));
  const BioHandle out(BIO_new(BIO_s_mem()));
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (request == nullptr || out == nullptr ||
      X509_NAME_print_ex(out.get(), X509_REQ_get_subject_name(request.get()), 0, kFlags) < 0) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "the subject of a request cannot be read");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace certconnector::endpoint
