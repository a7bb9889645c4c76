// Loads a SCEP server, ours or another, over kept connections, and looks into every answer.
//
//   bench_scep_load --url U --recipient RA.PEM --challenge-file FILE [--requests N]
//                   [--connections K] [--cipher aes128|aes192|aes256|des3|des]
//                   [--hash sha256|sha384|sha512|sha1] [--keys N] [--pid P]
//   bench_scep_load --url U --get GetCACaps|GetCACert [--requests N] [--connections K] [--pid P]
//
// The messages are made before the clock starts and the answers checked after it has stopped.
// Prints one line of JSON; CPU times are those of the process --pid.
#include <algorithm>
#include <boost/program_options.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/bench_site.h"
#include "tests/bench/scep_connections.h"
#include "tests/bench/scep_messages.h"

namespace certconnector::bench {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

const std::map<std::string, crypto::ContentCipher> kCiphers = {
    {"aes128", crypto::ContentCipher::aes128},
    {"aes192", crypto::ContentCipher::aes192},
    {"aes256", crypto::ContentCipher::aes256},
    {"des3", crypto::ContentCipher::des3},
    {"des", crypto::ContentCipher::des}};
const std::map<std::string, crypto::HashAlgorithm> kHashes = {
    {"sha256", crypto::HashAlgorithm::sha256},
    {"sha384", crypto::HashAlgorithm::sha384},
    {"sha512", crypto::HashAlgorithm::sha512},
    {"sha1", crypto::HashAlgorithm::sha1}};

struct Options {
  std::string url, recipient, challenge_file, get, cipher, hash;
  std::size_t requests = 0, connections = 0, keys = 0;
  int pid = 0;
  bool burst = false;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw po::error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// CPU time of another process so far, all its threads, in milliseconds.
double server_cpu_ms(int pid) {
  clockid_t clock = 0;
  timespec ts{};
  if (pid == 0) return 0;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) != 0) {
    throw po::error("no CPU time of a process " + std::to_string(pid));
  }
  return static_cast<double>(ts.tv_sec) * 1e3 + static_cast<double>(ts.tv_nsec) / 1e6;
}

json figures_of(const LoadResult& load, double server_cpu) {
  std::vector<double> sorted = load.latency_ms;
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  return {{"requests", sorted.size()},
          {"connections", load.connections},
          {"wall_ms", load.wall_ms},
          {"requests_per_second", count * 1000 / load.wall_ms},
          {"median_ms", sorted[sorted.size() / 2]},
          {"p99_ms", sorted[sorted.size() * 99 / 100]},
          {"max_ms", sorted.back()},
          {"http_errors", load.refused},
          {"lost", load.lost},
          {"server_cpu_ms", server_cpu},
          {"server_cpu_ms_per_request", server_cpu / count}};
}

json run_gets(const Options& options) {
  LoadSettings settings;
  settings.target = must(parse_target(options.url));
  settings.query = "operation=" + options.get;
  settings.requests = options.requests;
  settings.connections = options.connections;
  const double before = server_cpu_ms(options.pid);
  const LoadResult load = must(run_load(settings));
  return figures_of(load, server_cpu_ms(options.pid) - before);
}

std::vector<DeviceRequest> make_requests(const Fleet& fleet, std::size_t count) {
  std::vector<DeviceRequest> requests(count);
  std::vector<std::thread> threads;
  const std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      for (std::size_t i = worker; i < count; i += workers) {
        requests[i] = must(fleet.make_request(i));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return requests;
}

// Serial numbers, ciphers and what was wrong, of all answers.
json check_answers(const Fleet& fleet, const std::vector<DeviceRequest>& requests,
                   const std::vector<std::string>& answers) {
  std::set<Bytes> serials;
  std::map<std::string, std::size_t> ciphers;
  std::map<std::string, std::size_t> failures;
  std::size_t issued = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto answer = fleet.check_answer(requests[i], as_bytes(answers[i]));
    if (!answer.ok()) {
      ++failures[answer.error().message()];
      continue;
    }
    ++issued;
    serials.insert(answer.value().serial);
    ++ciphers[std::string(crypto::to_string(answer.value().cipher))];
  }
  return {{"failures", requests.size() - issued},
          {"failure_texts", failures},
          {"repeated_serials", issued - serials.size()},
          {"answer_ciphers", ciphers}};
}

json run_enrolments(const Options& options) {
  FleetSettings fleet_settings;
  fleet_settings.cipher = kCiphers.at(options.cipher);
  fleet_settings.hash = kHashes.at(options.hash);
  fleet_settings.challenge = read_file(options.challenge_file);
  fleet_settings.keys = options.keys;
  const auto recipient = must(crypto::Certificate::from_pem(read_file(options.recipient)));
  const Fleet fleet = must(Fleet::create(fleet_settings, recipient));
  const std::vector<DeviceRequest> requests = make_requests(fleet, options.requests);
  std::vector<std::string> answers(requests.size());

  LoadSettings settings;
  settings.target = must(parse_target(options.url));
  settings.query = "operation=PKIOperation";
  settings.requests = requests.size();
  settings.connections = options.connections;
  settings.at_once = options.burst;
  settings.body = [&](std::size_t i) { return std::string(as_text(requests[i].message)); };
  settings.answer = [&](std::size_t i, std::string body) { answers[i] = std::move(body); };
  const double before = server_cpu_ms(options.pid);
  const LoadResult load = must(run_load(settings));
  json figures = figures_of(load, server_cpu_ms(options.pid) - before);
  figures.update(check_answers(fleet, requests, answers));
  return figures;
}

Options parse_options(int argc, char** argv) {
  Options o;
  po::options_description known("bench_scep_load");
  known.add_options()("url", po::value(&o.url)->required())("recipient", po::value(&o.recipient))(
      "challenge-file", po::value(&o.challenge_file))("get", po::value(&o.get))(
      "cipher", po::value(&o.cipher)->default_value("aes256"))(
      "hash", po::value(&o.hash)->default_value("sha256"))(
      "requests", po::value(&o.requests)->default_value(1000))(
      "connections", po::value(&o.connections)->default_value(1))(
      "burst", po::bool_switch(&o.burst))("keys", po::value(&o.keys)->default_value(8))(
      "pid", po::value(&o.pid)->default_value(0));
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, known), values);
  po::notify(values);
  if (o.requests == 0 || o.keys == 0) throw po::error("nothing to do");
  if (o.connections < 1 || o.connections > 64) throw po::error("--connections is 1 to 64");
  if (kCiphers.count(o.cipher) == 0) throw po::error("no such cipher: " + o.cipher);
  if (kHashes.count(o.hash) == 0) throw po::error("no such hash: " + o.hash);
  return o;
}

int run(int argc, char** argv) {
  try {
    const Options options = parse_options(argc, argv);
    const json figures = options.get.empty() ? run_enrolments(options) : run_gets(options);
    std::cout << figures.dump() << '\n';
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 64;
  }
}

}  // namespace
}  // namespace certconnector::bench

int main(int argc, char** argv) { return certconnector::bench::run(argc, argv); }
