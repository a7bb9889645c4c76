// Devices that enroll by SCEP at an agent that dies and comes back. Each repeats its request, or
// polls after PENDING, until it has a final answer, and asks once more after it. Some hang up
// before the answer, some ask twice at once. Some renew their certificates in the same way.
//
//   scep_devices --address A --port P --devices FILE --out FILE [--threads N] [--patience SECONDS]
//                [--hang-up PERCENT] [--twins PERCENT] [--renew PERCENT] [--one-key]
//   scep_devices --address A --port P --devices FILE --by-word
//
// FILE has a JSON object a line: name, transaction, path, challenge. `out` gets one for each
// answer: name, transaction (a renewal's has an R before), asked, kind, text, certificate (DER in
// hex). Ends with 1 when some have no answer in time. --by-word: reads "request NAME" and "poll
// NAME" from its input and prints the answer; the keys live as long as the program.
#include <algorithm>
#include <atomic>
#include <boost/program_options.hpp>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include "common/text/hex.h"
#include "common/time/stop.h"
#include "tests/integration/paired_keys.h"
#include "tests/integration/scep_device.h"

namespace certconnector::devices {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr Duration kLimit{std::chrono::seconds(20)};  // for an answer
constexpr int kFinalAnswers = 2;                      // that a device asks for
constexpr int kPollPercent = 80;                      // after PENDING; else the request again
constexpr int kLongestHaste = 40;                     // milliseconds until it hangs up
constexpr int kLongestPause = 150;                    // milliseconds between two attempts

struct Options {
  http::Peer peer;
  std::string devices, out;
  std::size_t threads = 0;
  int patience = 0, hang_up = 0, twins = 0, renew = 0;
  bool one_key = false, by_word = false;
};

class Dice {
 public:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(engine_); }
  bool roll(int percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_{std::random_device{}()};
};

std::vector<Order> read_orders(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw po::error("cannot read " + path);
  std::vector<Order> orders;
  for (std::string line; std::getline(file, line);) {
    const json object = json::parse(line);
    const auto text = [&](const char* name) { return object.at(name).get<std::string>(); };
    orders.push_back({text("name"), text("transaction"), text("path"), text("challenge")});
  }
  return orders;
}

json to_json(const Order& order, const char* asked, const Answer& answer) {
  return {{"name", order.name},  {"transaction", order.transaction},
          {"asked", asked},      {"kind", to_string(answer.kind)},
          {"text", answer.text}, {"certificate", text::to_hex(answer.certificate)}};
}

// Every answer, and the number of each kind. Thread-safe.
class Record {
 public:
  explicit Record(const std::string& path) : file_(path) {}

  void note(const Order& order, const char* asked, const Answer& answer) {
    const std::lock_guard lock(mutex_);
    ++counts_[std::string(to_string(answer.kind))];
    if (answer.kind != Kind::no_answer) file_ << to_json(order, asked, answer) << std::endl;
  }
  void add(const std::string& name, std::size_t count) {
    const std::lock_guard lock(mutex_);
    counts_[name] += count;
  }
  [[nodiscard]] json counts() {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  std::mutex mutex_;
  std::ofstream file_;
  std::map<std::string, std::size_t> counts_;
};

// Makes devices. Thread-safe.
class Workshop {
 public:
  Workshop(const Options& options, StopToken stop) : options_(options), stop_(std::move(stop)) {}

  // Waits for the agent if necessary. Nothing: the time was up.
  std::optional<Device> make(const Order& order) {
    const auto offer = offer_of(order.path);
    if (!offer) return std::nullopt;
    return made(Device::create(order, offer, credential(order.name)));
  }
  // A device with a new key and the certificate of this one.
  std::optional<Device> make_renewal(const Device& device, const Bytes& certificate) {
    Order order = device.order();
    order.transaction = "R" + order.transaction;
    const auto offer = offer_of(order.path);
    if (!offer) return std::nullopt;
    return made(Device::create_renewal(order, offer, {device.key(), certificate}, key()));
  }

 private:
  static Device made(Result<Device> device) {
    if (!device.ok()) throw po::error(device.error().message());
    return std::move(*device);
  }

  // Null: the time was up.
  OfferRef offer_of(const std::string& path) {
    const std::lock_guard lock(mutex_);
    OfferRef& known = offers_[path];
    Wakeup pause;
    while (!known && !stop_.stop_requested()) {
      auto offer = fetch_offer(options_.peer, path, kLimit);
      if (offer.ok()) {
        known = std::move(*offer);
      } else {
        pause.wait(Duration(kLongestPause), stop_);
      }
    }
    return known;
  }

  scep::ClientCredential credential(const std::string& name) {
    auto made = make_credential(name, key());
    if (!made.ok()) throw po::error(made.error().message());
    return std::move(*made);
  }

  crypto::PrivateKey key() {
    const std::lock_guard lock(mutex_);
    if (!options_.one_key) return keys_.next();
    if (!shared_) shared_ = keys_.next();
    return *shared_;
  }

  const Options& options_;
  const StopToken stop_;
  std::mutex mutex_;
  std::map<std::string, OfferRef> offers_;  // by path
  PairedKeys keys_;
  std::optional<crypto::PrivateKey> shared_;
};

// A device's way to its certificate, by one thread.
class Conversation {
 public:
  Conversation(const Device& device, const Options& options, Record& record, StopToken stop)
      : device_(device), options_(options), record_(record), stop_(std::move(stop)) {}

  // the certificate; empty: none. No value: the time was up
  std::optional<Bytes> run() {
    for (int answers = 0; answers < kFinalAnswers;) {
      if (stop_.stop_requested()) return std::nullopt;
      const Kind kind = ask();
      if (is_final(kind)) {
        ++answers;
      } else {
        pending_ = pending_ || kind == Kind::pending;
        pause_.wait(Duration(1 + dice_.below(kLongestPause)), stop_);
      }
    }
    return given_;
  }

 private:
  Kind ask() {
    const bool hasty = dice_.roll(options_.hang_up);
    const Duration limit = hasty ? Duration(1 + dice_.below(kLongestHaste)) : kLimit;
    const bool polls = pending_ && dice_.roll(kPollPercent);
    Answer answer =
        polls ? device_.poll(options_.peer, limit) : device_.request(options_.peer, limit);
    const char* const request = device_.renews() ? "RenewalReq" : "PKCSReq";
    record_.note(device_.order(), polls ? "CertPoll" : request, answer);
    if (answer.kind == Kind::success) given_ = std::move(answer.certificate);
    return answer.kind;
  }

  const Device& device_;
  const Options& options_;
  Record& record_;
  const StopToken stop_;
  Dice dice_;
  Wakeup pause_;
  bool pending_ = false;
  Bytes given_;
};

class Crowd {
 public:
  Crowd(const Options& options, Record& record) : options_(options), record_(record) {
    Dice dice;
    for (Order& order : read_orders(options.devices)) {
      const auto one = std::make_shared<Member>();
      one->order = std::move(order);
      one->renews = dice.roll(options.renew);
      waiting_.push_back(one);
      if (dice.roll(options.twins)) waiting_.push_back(one);
    }
  }

  // The names of those without an answer.
  std::vector<std::string> run() {
    std::vector<std::thread> threads;
    std::atomic<std::size_t> left{options_.threads};
    Wakeup all_done;
    for (std::size_t i = 0; i < options_.threads; ++i) {
      threads.emplace_back([&] {
        work();
        if (--left == 0) all_done.notify();
      });
    }
    all_done.wait(std::chrono::seconds(options_.patience), stop_.token());
    stop_.request_stop();
    for (auto& thread : threads) thread.join();
    return late_;
  }

 private:
  struct Member {
    Order order;
    bool renews = false;
    std::once_flag once;
    std::optional<Device> device;
    std::once_flag renewal_once;
    std::optional<Device> renewal;
  };

  std::shared_ptr<Member> next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    return one;
  }

  void work() {
    while (const auto one = next()) {
      std::call_once(one->once, [&] { one->device = workshop_.make(one->order); });
      const auto given = converse(one->device);
      if (given && (given->empty() || !one->renews)) continue;
      if (given) {
        std::call_once(one->renewal_once,
                       [&] { one->renewal = workshop_.make_renewal(*one->device, *given); });
        if (converse(one->renewal)) continue;
      }
      const std::lock_guard lock(mutex_);
      late_.push_back(one->order.name);
    }
  }

  std::optional<Bytes> converse(const std::optional<Device>& device) {
    if (!device) return std::nullopt;
    return Conversation(*device, options_, record_, stop_.token()).run();
  }

  const Options& options_;
  Record& record_;
  StopSource stop_;
  Workshop workshop_{options_, stop_.token()};
  std::mutex mutex_;
  std::deque<std::shared_ptr<Member>> waiting_;
  std::vector<std::string> late_;
};

int run_crowd(const Options& options) {
  Record record(options.out);
  const std::vector<std::string> late = Crowd(options, record).run();
  std::cout << record.counts() << std::endl;
  for (const std::string& name : late) std::cerr << name << " has no answer\n";
  return late.empty() ? 0 : 1;
}

int run_by_word(const Options& options) {
  Workshop workshop(options, {});
  std::map<std::string, std::optional<Device>> devices;
  for (const Order& order : read_orders(options.devices))
    devices[order.name] = workshop.make(order);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    std::string name;
    words >> verb >> name;
    const bool polls = verb == "poll";
    const Device& device = devices.at(name).value();
    const Answer answer =
        polls ? device.poll(options.peer, kLimit) : device.request(options.peer, kLimit);
    std::cout << to_json(device.order(), polls ? "CertPoll" : "PKCSReq", answer) << std::endl;
  }
  return 0;
}

Options parse_options(int argc, char** argv) {
  Options o;
  po::options_description known("scep_devices");
  known.add_options()("address", po::value(&o.peer.address)->required())(
      "port", po::value(&o.peer.port)->required())("devices", po::value(&o.devices)->required())(
      "out", po::value(&o.out))("threads", po::value(&o.threads)->default_value(16))(
      "patience", po::value(&o.patience)->default_value(120))(
      "hang-up", po::value(&o.hang_up)->default_value(0))("twins",
                                                          po::value(&o.twins)->default_value(0))(
      "renew", po::value(&o.renew)->default_value(0))("one-key", po::bool_switch(&o.one_key))(
      "by-word", po::bool_switch(&o.by_word));
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, known), values);
  po::notify(values);
  return o;
}

int run(int argc, char** argv) {
  try {
    const Options options = parse_options(argc, argv);
    return options.by_word ? run_by_word(options) : run_crowd(options);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 64;
  }
}

}  // namespace
}  // namespace certconnector::devices

int main(int argc, char** argv) { return certconnector::devices::run(argc, argv); }
