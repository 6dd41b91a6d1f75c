// The interface to JavaScript: arrays and sessions as opaque handles, and a few calls.

#include "description.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>

#include "device.h"
#include "given.h"
#include "session.h"
#include "shapes.h"

namespace reweight {
namespace {

using ArrayHandle = Napi::External<at::Tensor>;
using SessionHandle = Napi::External<std::shared_ptr<Session>>;

// The state of one Node environment. Each worker thread has its own.
struct Environment {
  std::map<std::string, std::shared_ptr<Workspace>> workspaces;
  // Handles that JavaScript holds: to find leaks, and to know our own from those of other addons.
  std::unordered_set<const void*> arrays, sessions;

  std::shared_ptr<Workspace> workspace(const at::Device& device) {
    auto& found = workspaces[device.str()];
    if (!found) found = std::make_shared<Workspace>(device);
    return found;
  }
};

int64_t bytesOf(const at::Tensor& tensor) { return static_cast<int64_t>(tensor.nbytes()); }

Environment& environmentOf(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

// V8 sees a handle of a few bytes. It must know the memory behind the handle to collect in time.
void account(Napi::Env env, int64_t bytes) {
  int64_t total;
  napi_adjust_external_memory(env, bytes, &total);  // may fail as an environment ends, when it no longer matters
}

ArrayHandle wrap(Napi::Env env, at::Tensor tensor) {
  const int64_t bytes = bytesOf(tensor);
  account(env, bytes);
  auto* const array = new at::Tensor(std::move(tensor));
  environmentOf(env).arrays.insert(array);
  return ArrayHandle::New(env, array, [bytes](Napi::Env owner, at::Tensor* held) {
    // When an environment ends, its state may be destroyed before its handles.
    if (auto* environment = owner.GetInstanceData<Environment>()) environment->arrays.erase(held);
    delete held;
    account(owner, -bytes);
  });
}

// Turns a C++ exception into a JavaScript error with the caller's stack.
template <typename Body>
auto guarded(const Napi::CallbackInfo& info, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const GivenError& error) {
    if (error.fault() == GivenError::Fault::kind) throw Napi::TypeError::New(info.Env(), error.what());
    throw Napi::RangeError::New(info.Env(), error.what());
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), messageOf(error));
  }
}

// The object behind a handle. `ours` are the handles of this kind that are alive.
template <typename Held>
Held& heldBy(const Napi::Value& value, const std::unordered_set<const void*>& ours, const char* name,
             const char* what) {
  if (value.IsExternal()) {
    Held* const held = value.As<Napi::External<Held>>().Data();
    if (ours.count(held)) return *held;
  }
  throw wrongKind(name, std::string("expected ") + what + ", got " + describe(value));
}

at::Tensor& arrayAt(const Napi::Value& value, const char* name) {
  return heldBy<at::Tensor>(value, environmentOf(value.Env()).arrays, name, "an array of the torch engine");
}

Settings settingsOf(const Napi::Value& value) {
  const auto from = objectOf(value, "settings");
  return {deviceOf(textOf(from.Get("device"), "settings.device")),
          static_cast<int>(integerOf(from.Get("threads"), "settings.threads", INT32_MIN, INT32_MAX)),
          flagOf(from.Get("tf32"), "settings.tf32"), flagOf(from.Get("deterministic"), "settings.deterministic")};
}

// compile(program, { device, threads, tf32, deterministic }) → session
Napi::Value compile(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const Settings settings = settingsOf(info[1]);
    auto& environment = environmentOf(info.Env());
    auto workspace = environment.workspace(settings.device);
    auto session = std::make_shared<Session>(programOf(info[0]), settings, std::move(workspace));
    auto* const handle = new std::shared_ptr<Session>(std::move(session));
    environment.sessions.insert(handle);
    return SessionHandle::New(info.Env(), handle, [](Napi::Env owner, std::shared_ptr<Session>* held) {
      if (auto* left = owner.GetInstanceData<Environment>()) left->sessions.erase(held);
      delete held;
    });
  });
}

std::shared_ptr<Session>& handleOf(const Napi::CallbackInfo& info) {
  return heldBy<std::shared_ptr<Session>>(info[0], environmentOf(info.Env()).sessions, "session", "a compiled program");
}

// A shared pointer, held during a run, so that `close` cannot destroy the session.
std::shared_ptr<Session> sessionOf(const Napi::CallbackInfo& info) {
  std::shared_ptr<Session> session = handleOf(info);
  if (!session) throw std::runtime_error("expected an open program, got one that was closed");
  return session;
}

std::vector<at::Tensor> arraysOf(const Napi::CallbackInfo& info) {
  std::vector<at::Tensor> arrays;
  eachOf(info[1], "inputs", [&](const Napi::Value& entry) { arrays.push_back(arrayAt(entry, "")); });
  return arrays;
}

// run(session, arrays) → arrays
Napi::Value run(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto outputs = sessionOf(info)->run(arraysOf(info));
    auto result = Napi::Array::New(info.Env(), outputs.size());
    for (uint32_t i = 0; i < outputs.size(); i++) result.Set(i, wrap(info.Env(), std::move(outputs[i])));
    return result;
  });
}

// profile(session, arrays) → milliseconds of each instruction
Napi::Value profile(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto milliseconds = sessionOf(info)->profile(arraysOf(info));
    auto result = Napi::Float64Array::New(info.Env(), milliseconds.size());
    std::copy(milliseconds.begin(), milliseconds.end(), result.Data());
    return result;
  });
}

// close(session); may be called more than once
void close(const Napi::CallbackInfo& info) {
  guarded(info, [&] { handleOf(info).reset(); });
}

// upload(Float32Array | Int32Array, shape, device) → array
Napi::Value upload(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto shape = integersOf(info[1], "shape");
    const auto device = deviceOf(textOf(info[2], "device"));
    const auto count = elementsOf(shape);
    if (!count) {
      throw outOfRange("shape", "expected extents from 0 on with a product of at most " +
                                    std::to_string(kMostElements) + ", got " + describe(shape));
    }
    // Last: reading the others may have run code that shrinks or transfers it.
    const Elements data = elementsOf(info[0], "data");
    if (static_cast<size_t>(*count) != data.count) {
      throw outOfRange("data", "expected " + std::to_string(*count) + " numbers for the shape " + describe(shape) +
                                   ", got " + std::to_string(data.count));
    }
    // ATen takes no constant memory; the array is only copied from.
    const auto host = at::from_blob(const_cast<void*>(data.memory), shape, data.isInt ? at::kInt : at::kFloat);
    return wrap(info.Env(), toDevice(host, device));
  });
}

// read(array) → Float32Array | Int32Array, row-major
Napi::Value read(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const at::Tensor host = arrayAt(info[0], "array").to(at::kCPU).contiguous();
    auto buffer = Napi::ArrayBuffer::New(info.Env(), host.nbytes());
    if (host.numel() > 0) std::memcpy(buffer.Data(), host.data_ptr(), host.nbytes());
    const auto length = static_cast<size_t>(host.numel());
    if (host.scalar_type() == at::kInt) return Napi::Int32Array::New(info.Env(), length, buffer, 0);
    return Napi::Float32Array::New(info.Env(), length, buffer, 0);
  });
}

// info() → properties of this build and of the machine
Napi::Value describe(const Napi::CallbackInfo& info) {
  auto result = Napi::Object::New(info.Env());
  result.Set("version", REWEIGHT_TORCH_VERSION);
  result.Set("threads", omp_get_num_procs());
  result.Set("cuda", !cudaName().empty());
  result.Set("card", cudaName());
  result.Set("directConvolutions", hasDirectConvolutions());
  result.Set("bfloat16", hasBfloat16());
  auto ops = Napi::Array::New(info.Env());
  for (const auto& name : rowNames()) ops.Set(ops.Length(), name);
  result.Set("ops", ops);
  return result;
}

// counts() → handles alive and bytes of workspaces
Napi::Value counts(const Napi::CallbackInfo& info) {
  const auto& environment = environmentOf(info.Env());
  int64_t bytes = 0;
  for (const auto& [device, workspace] : environment.workspaces) bytes += workspace->bytes();
  auto result = Napi::Object::New(info.Env());
  result.Set("arrays", static_cast<double>(environment.arrays.size()));
  result.Set("sessions", static_cast<double>(environment.sessions.size()));
  result.Set("workspaceBytes", static_cast<double>(bytes));
  return result;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment());
  exports.Set("info", Napi::Function::New(env, describe));
  exports.Set("counts", Napi::Function::New(env, counts));
  exports.Set("compile", Napi::Function::New(env, compile));
  exports.Set("run", Napi::Function::New(env, run));
  exports.Set("profile", Napi::Function::New(env, profile));
  exports.Set("close", Napi::Function::New(env, close));
  exports.Set("upload", Napi::Function::New(env, upload));
  exports.Set("read", Napi::Function::New(env, read));
  return exports;
}

}  // namespace

NODE_API_MODULE(reweight_torch, initialise)

}  // namespace reweight
