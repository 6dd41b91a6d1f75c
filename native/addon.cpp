// The interface to JavaScript: arrays and sessions as opaque handles, and a few calls.

#include "description.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "device.h"
#include "session.h"

namespace reweight {
namespace {

using ArrayHandle = Napi::External<at::Tensor>;
using SessionHandle = Napi::External<std::shared_ptr<Session>>;

// The state of one Node environment. Each worker thread has its own.
struct Environment {
  std::map<std::string, std::shared_ptr<Workspace>> workspaces;
  // Handles that JavaScript holds, to find leaks.
  int64_t arrays = 0;
  int64_t sessions = 0;

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
  environmentOf(env).arrays++;
  return ArrayHandle::New(env, new at::Tensor(std::move(tensor)), [bytes](Napi::Env owner, at::Tensor* held) {
    delete held;
    account(owner, -bytes);
    // When an environment ends, its state may be destroyed before its handles.
    if (auto* environment = owner.GetInstanceData<Environment>()) environment->arrays--;
  });
}

// Turns a C++ exception into a JavaScript error with the caller's stack.
template <typename Body>
auto guarded(const Napi::CallbackInfo& info, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), messageOf(error));
  }
}

Settings settingsOf(const Napi::Object& from) {
  return {deviceOf(from.Get("device").As<Napi::String>().Utf8Value()),
          from.Get("threads").As<Napi::Number>().Int32Value(), from.Get("tf32").As<Napi::Boolean>().Value(),
          from.Get("deterministic").As<Napi::Boolean>().Value()};
}

// compile(program, { device, threads, tf32, deterministic }) → session
Napi::Value compile(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const Settings settings = settingsOf(info[1].As<Napi::Object>());
    auto& environment = environmentOf(info.Env());
    auto workspace = environment.workspace(settings.device);
    auto session = std::make_shared<Session>(programOf(info[0].As<Napi::Object>()), settings, std::move(workspace));
    environment.sessions++;
    return SessionHandle::New(info.Env(), new std::shared_ptr<Session>(std::move(session)),
                              [](Napi::Env owner, std::shared_ptr<Session>* held) {
                                delete held;
                                if (auto* left = owner.GetInstanceData<Environment>()) left->sessions--;
                              });
  });
}

// A shared pointer, held during a run, so that `close` cannot destroy the session.
std::shared_ptr<Session> sessionOf(const Napi::CallbackInfo& info) {
  std::shared_ptr<Session> session = *info[0].As<SessionHandle>().Data();
  if (!session) throw std::runtime_error("expected an open program, got one that was closed");
  return session;
}

std::vector<at::Tensor> arraysOf(const Napi::CallbackInfo& info) {
  const auto list = info[1].As<Napi::Array>();
  std::vector<at::Tensor> arrays;
  arrays.reserve(list.Length());
  for (uint32_t i = 0; i < list.Length(); i++) arrays.push_back(*list.Get(i).As<ArrayHandle>().Data());
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
void close(const Napi::CallbackInfo& info) { info[0].As<SessionHandle>().Data()->reset(); }

// upload(Float32Array | Int32Array, shape, device) → array
Napi::Value upload(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto data = info[0].As<Napi::TypedArray>();
    const bool isInt = data.TypedArrayType() == napi_int32_array;
    const auto shape = integersOf(info[1].As<Napi::Array>());
    auto* first = static_cast<char*>(data.ArrayBuffer().Data()) + data.ByteOffset();
    const auto host = at::from_blob(first, shape, isInt ? at::kInt : at::kFloat);
    return wrap(info.Env(), toDevice(host, deviceOf(info[2].As<Napi::String>().Utf8Value())));
  });
}

// read(array) → Float32Array | Int32Array, row-major
Napi::Value read(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const at::Tensor host = info[0].As<ArrayHandle>().Data()->to(at::kCPU).contiguous();
    auto buffer = Napi::ArrayBuffer::New(info.Env(), host.nbytes());
    std::memcpy(buffer.Data(), host.data_ptr(), host.nbytes());
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
  result.Set("arrays", static_cast<double>(environment.arrays));
  result.Set("sessions", static_cast<double>(environment.sessions));
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
