// How many more jobs two workers do than one: scheduler, runner, queue and embedded CA in one
// process, without the endpoint, which would share the cores. Prints one line of JSON.
//
//   bench_workers [JOBS]

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "agent/jobs/runner.h"
#include "agent/upstream/lease_check.h"
#include "tests/bench/bench_site.h"

namespace certconnector::bench {
namespace {

constexpr const char* kOwner = "bench";

void queue_jobs(BenchSite& site, const Bytes& request, std::size_t count, int round) {
  std::vector<core::NewJob> jobs(count);
  for (std::size_t i = 0; i < count; ++i) {
    core::Job& job = jobs[i].job;
    job.key.instance = "bench";
    job.key.id = "job-" + std::to_string(round) + "-" + std::to_string(i);
    job.key.digest = crypto::sha256(as_bytes(job.key.id));
    job.ca = site.ca();
    core::IssueRequest issue;
    issue.template_name = "device";
    issue.pkcs10 = request;
    job.request = std::move(issue);
    jobs[i].lease = core::Lease{1, site.clock().now() + std::chrono::hours(24)};
  }
  must(site.jobs().insert(jobs, site.clock().now()));
}

struct Cost {
  double wall_ms = 0;
  double cpu_ms = 0;
};

// The time that `workers` threads take for all jobs of one round.
Cost work(BenchSite& site, std::size_t jobs, std::size_t workers) {
  runtime::SystemRandom random;
  jobs::OperatingMode operating_mode;
  operating_mode.set_enrolled(true);
  jobs::CaRegistry cas;
  cas.add(site.ports());
  jobs::StorageGuard storage(site.jobs(), operating_mode, site.clock(), random, site.log(),
                             [](const Error& e) { fail(e); });
  jobs::SchedulerSettings settings;
  settings.owner = kOwner;
  settings.workers = workers;
  jobs::Scheduler scheduler(site.jobs(), cas, operating_mode, storage, settings);
  upstream::LeaseCheck leases({}, site.jobs(), {});
  jobs::OutcomeWriter outcome_writer({site.jobs(), storage, site.clock(), random, site.log()},
                                     kOwner);
  jobs::Activity activity;
  core::NoCrashPoints crash_points;
  jobs::Runner runner(leases, outcome_writer, storage, {{}, site.clock(), random},
                      {activity, crash_points, site.log()});
  scheduler.all_ready();

  const double wall = wall_ms();
  const double cpu = cpu_ms();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      jobs::Worker worker(scheduler, runner, site.clock(), site.log(), site.ca());
      while (activity.counts().issued < jobs) worker.step({});
    });
  }
  for (auto& thread : threads) thread.join();
  return {wall_ms() - wall, cpu_ms() - cpu};
}

int run(std::size_t jobs) {
  BenchSite site({crypto::KeyKind::rsa, 2048});
  const Bytes request = make_request({crypto::KeyKind::rsa, 2048});
  queue_jobs(site, request, jobs, 0);
  work(site, jobs, 1);  // warm
  queue_jobs(site, request, jobs, 1);
  const Cost one = work(site, jobs, 1);
  queue_jobs(site, request, jobs, 2);
  const Cost two = work(site, jobs, 2);
  std::printf(
      "{\"jobs\": %zu, \"one_worker_wall_ms\": %.0f, \"two_workers_wall_ms\": %.0f, \"speedup\": "
      "%.2f, "
      "\"one_worker_cpu_ms_per_job\": %.3f, \"two_workers_cpu_ms_per_job\": %.3f}\n",
      jobs, one.wall_ms, two.wall_ms, one.wall_ms / two.wall_ms,
      one.cpu_ms / static_cast<double>(jobs), two.cpu_ms / static_cast<double>(jobs));
  return 0;
}

}  // namespace
}  // namespace certconnector::bench

int main(int argc, char** argv) {
  const std::size_t jobs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4000;
  return certconnector::bench::run(jobs);
}
