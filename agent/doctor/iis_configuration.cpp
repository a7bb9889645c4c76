#include "agent/doctor/iis_configuration.h"

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "agent/doctor/errors.h"

namespace certconnector::doctor {
namespace {

using boost::property_tree::ptree;

std::string attribute(const ptree& element, const std::string& name) {
  return element.get(ptree::path_type("<xmlattr>/" + name, '/'), std::string());
}

const ptree* child(const ptree& element, std::initializer_list<const char*> path) {
  const ptree* at = &element;
  for (const char* name : path) {
    const auto found = at->find(name);
    if (found == at->not_found()) return nullptr;
    at = &found->second;
  }
  return at;
}

ApplicationPool pool_of(const ptree& element) {
  ApplicationPool pool;
  pool.starts_by_itself = attribute(element, "autoStart") != "false";
  if (const ptree* process = child(element, {"processModel"})) {
    pool.account = attribute(*process, "userName");
    if (pool.account.empty()) pool.account = attribute(*process, "identityType");
  }
  if (pool.account.empty()) pool.account = "ApplicationPoolIdentity";
  return pool;
}

void take_limit(const ptree& limits, const char* name, std::uint64_t& largest) {
  const std::string text = attribute(limits, name);
  std::istringstream in(text);
  std::uint64_t value = 0;
  if (in >> value) largest = std::max(largest, value);
}

void take_limits(const ptree& holder, IisConfiguration& configuration) {
  const ptree* limits =
      child(holder, {"system.webServer", "security", "requestFiltering", "requestLimits"});
  if (limits == nullptr) return;
  take_limit(*limits, "maxUrl", configuration.max_url);
  take_limit(*limits, "maxQueryString", configuration.max_query_string);
}

void take_sites(const ptree& sites, IisConfiguration& configuration) {
  for (const auto& [name, site] : sites) {
    const ptree* bindings = name == "site" ? child(site, {"bindings"}) : nullptr;
    if (bindings == nullptr) continue;
    for (const auto& [kind, binding] : *bindings) {
      if (kind == "binding" && attribute(binding, "protocol") == "https") {
        configuration.https_bindings.push_back(attribute(binding, "bindingInformation"));
      }
    }
  }
}

}  // namespace

Result<IisConfiguration> parse_iis_configuration(std::string_view xml) {
  ptree document;
  try {
    std::istringstream in{std::string(xml)};
    boost::property_tree::read_xml(in, document);
  } catch (const boost::property_tree::ptree_error& e) {
    return Error(DoctorErrc::bad_document, ErrorKind::permanent,
                 std::string("applicationHost.config is no XML: ") + e.what());
  }
  IisConfiguration configuration;
  const ptree* root = child(document, {"configuration"});
  if (root == nullptr) {
    return Error(DoctorErrc::bad_document, ErrorKind::permanent,
                 "applicationHost.config has no <configuration>");
  }
  if (const ptree* pools = child(*root, {"system.applicationHost", "applicationPools"})) {
    for (const auto& [name, pool] : *pools) {
      if (name == "add" && attribute(pool, "name") == "SCEP") {
        configuration.scep_pool = pool_of(pool);
      }
    }
  }
  if (const ptree* sites = child(*root, {"system.applicationHost", "sites"})) {
    take_sites(*sites, configuration);
  }
  take_limits(*root, configuration);
  for (const auto& [name, location] : *root) {
    if (name == "location") take_limits(location, configuration);
  }
  return configuration;
}

}  // namespace certconnector::doctor
