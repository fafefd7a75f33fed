/* The compiled batch path: takes and sends many messages in one call. Its twin in Python is batches.py.
 *
 * The functions of libzmq are looked up in the library that pyzmq has loaded, so that no header and no second libzmq is
 * needed: `bind` is given the file of pyzmq's extension module, and dlsym searches that and what it depends on. The
 * prototypes are those of zmq.h 4.x, whose ABI has been stable since 4.0.
 *
 * Everything here is non-blocking and holds the GIL. What a batch means (limits, broken messages, unroutable ids,
 * delivery) is decided by connection.py.
 */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

typedef struct {
    _Alignas(void *) unsigned char opaque[64]; /* zmq_msg_t in zmq.h */
} Msg;

enum { DONTWAIT = 1, SNDMORE = 2 }; /* zmq.h */

static struct {
    int (*msg_init)(Msg *);
    int (*msg_close)(Msg *);
    int (*msg_move)(Msg *, Msg *);
    int (*msg_recv)(Msg *, void *, int);
    void *(*msg_data)(Msg *);
    size_t (*msg_size)(const Msg *);
    int (*msg_more)(const Msg *);
    int (*send)(void *, const void *, size_t, int);
    int (*error)(void);
} zmq;

/* A large frame that libzmq owns: read through the buffer protocol, uncopied. */

typedef struct {
    PyObject_HEAD
    Msg msg;
} Frame;

static PyTypeObject *frame_type;

static void frame_dealloc(Frame *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    zmq.msg_close(&self->msg);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int frame_getbuffer(Frame *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, (PyObject *)self, zmq.msg_data(&self->msg), (Py_ssize_t)zmq.msg_size(&self->msg), 1,
                             flags);
}

static Py_ssize_t frame_length(Frame *self)
{
    return (Py_ssize_t)zmq.msg_size(&self->msg);
}

static PyObject *frame_bytes(Frame *self, void *closure)
{
    (void)closure;
    return PyBytes_FromStringAndSize(zmq.msg_data(&self->msg), (Py_ssize_t)zmq.msg_size(&self->msg));
}

static PyGetSetDef frame_getset[] = {
    {"bytes", (getter)frame_bytes, NULL, "A copy of the frame.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot frame_slots[] = {
    {Py_tp_doc, "A received frame that libzmq owns. It has a buffer."},
    {Py_tp_dealloc, frame_dealloc},
    {Py_tp_getset, frame_getset},
    {Py_sq_length, frame_length},
    {Py_bf_getbuffer, frame_getbuffer},
    {0, NULL},
};

static PyType_Spec frame_spec = {
    .name = "zmqcli.sockets._batches.Frame",
    .basicsize = sizeof(Frame),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = frame_slots,
};

/* Return a received frame as an object: bytes, or from `large` bytes on a Frame, which takes the message over. */
static PyObject *frame_from(Msg *msg, size_t large)
{
    size_t size = zmq.msg_size(msg);
    if (size < large)
        return PyBytes_FromStringAndSize(zmq.msg_data(msg), (Py_ssize_t)size);
    Frame *frame = PyObject_New(Frame, frame_type);
    if (frame == NULL)
        return NULL;
    zmq.msg_init(&frame->msg);
    zmq.msg_move(&frame->msg, msg);
    return (PyObject *)frame;
}

/* Append one frame of a message to a list. Return -1 with an exception set. */
static int append_frame(PyObject *message, Msg *msg, size_t large)
{
    PyObject *frame = frame_from(msg, large);
    if (frame == NULL)
        return -1;
    int result = PyList_Append(message, frame);
    Py_DECREF(frame);
    return result;
}

PyDoc_STRVAR(receive_doc,
"receive(handle, limit, max_bytes, max_frames, large, /) -> (messages, bytes, errno)\n\n"
"Take what has arrived, without waiting: at most `limit` messages, and no more once they have `max_bytes` bytes, or\n"
"those of several frames `max_frames` frames. A frame of `large` bytes or more is not copied.\n"
"`errno` is what ended it early: EAGAIN when nothing is left, 0 at a limit.");

static PyObject *receive(PyObject *module, PyObject *arguments)
{
    (void)module;
    unsigned long long handle;
    Py_ssize_t limit, max_bytes, max_frames, large;
    if (!PyArg_ParseTuple(arguments, "Knnnn", &handle, &limit, &max_bytes, &max_frames, &large))
        return NULL;
    void *socket = (void *)(uintptr_t)handle;
    PyObject *batch = PyList_New(0);
    if (batch == NULL)
        return NULL;
    Msg msg;
    zmq.msg_init(&msg);
    Py_ssize_t size = 0, frames = 0, count = 0;
    int error = 0;
    while (count < limit && size < max_bytes && frames < max_frames) {
        if (zmq.msg_recv(&msg, socket, DONTWAIT) < 0) {
            error = zmq.error();
            break;
        }
        size += (Py_ssize_t)zmq.msg_size(&msg);
        int more = zmq.msg_more(&msg); /* before the message is moved away */
        PyObject *message = PyList_New(0);
        int failed = message == NULL || append_frame(message, &msg, (size_t)large) < 0;
        frames += more != 0;
        while (!failed && more) { /* a message's other frames are there with its first */
            if (zmq.msg_recv(&msg, socket, DONTWAIT) < 0) {
                error = zmq.error();
                break;
            }
            size += (Py_ssize_t)zmq.msg_size(&msg);
            more = zmq.msg_more(&msg);
            failed = append_frame(message, &msg, (size_t)large) < 0;
            frames++;
        }
        if (!failed && !error)
            failed = PyList_Append(batch, message) < 0;
        Py_XDECREF(message);
        if (failed) {
            zmq.msg_close(&msg);
            Py_DECREF(batch);
            return NULL;
        }
        if (error)
            break;
        count++;
    }
    zmq.msg_close(&msg);
    return Py_BuildValue("(Nni)", batch, size, error);
}

/* What has been handed to libzmq: for the sizes on the wire (zmtp/framing.py). */
typedef struct {
    Py_ssize_t bytes, frames, long_frames;
} Sent;

/* Send one frame. Return 0, an errno, or -1 with an exception set. */
static int send_frame(void *socket, PyObject *frame, int flags, Py_ssize_t large, PyObject *send_large, Py_ssize_t *size)
{
    char *data;
    int result;
    if (PyBytes_Check(frame)) {
        if (PyBytes_AsStringAndSize(frame, &data, size) < 0)
            return -1;
        if (*size < large)
            return zmq.send(socket, data, (size_t)*size, flags) < 0 ? zmq.error() : 0;
    } else {
        Py_buffer view;
        if (PyObject_GetBuffer(frame, &view, PyBUF_SIMPLE) < 0)
            return -1;
        *size = view.len;
        result = 1;
        if (view.len < large)
            result = zmq.send(socket, view.buf, (size_t)view.len, flags) < 0 ? zmq.error() : 0;
        PyBuffer_Release(&view);
        if (result != 1)
            return result;
    }
    PyObject *answer = PyObject_CallFunction(send_large, "Oi", frame, flags);
    if (answer == NULL)
        return -1;
    result = (int)PyLong_AsLong(answer);
    Py_DECREF(answer);
    return result == -1 && PyErr_Occurred() ? -1 : result;
}

PyDoc_STRVAR(send_doc,
"send(handle, batch, start, end, large, send_large, skipped, longest_short, /)\n"
"    -> (index, frame, errno, bytes, frames, long_frames)\n\n"
"Hand messages to libzmq from index `start` up to `end`, as many as it takes without waiting.\n"
"`index` is the first one not taken, `frame` how many of its frames were taken all the same, `errno` why it was not\n"
"taken, 0 when all were. `send_large(frame, flags)` sends a frame of `large` bytes or more, and returns an errno.\n"
"Counted are the messages taken, without their first `skipped` frames: bytes, frames, and frames of more than\n"
"`longest_short` bytes.");

static PyObject *send(PyObject *module, PyObject *arguments)
{
    (void)module;
    unsigned long long handle;
    PyObject *batch, *send_large;
    Py_ssize_t start, end, large, skipped, longest;
    if (!PyArg_ParseTuple(arguments, "KO!nnnOnn", &handle, &PyList_Type, &batch, &start, &end, &large, &send_large,
                          &skipped, &longest))
        return NULL;
    void *socket = (void *)(uintptr_t)handle;
    Sent sent = {0, 0, 0};
    Py_ssize_t index = start, at = 0;
    int error = 0;
    for (; index < end; index++) {
        PyObject *message = PyList_GetItem(batch, index); /* borrowed; the list may change in send_large */
        if (message == NULL)
            return NULL;
        if (!PyList_Check(message)) {
            PyErr_SetString(PyExc_TypeError, "a message is a list of frames");
            return NULL;
        }
        Py_INCREF(message);
        Sent whole = sent;
        Py_ssize_t last = PyList_Size(message) - 1;
        for (at = 0; at <= last; at++) {
            PyObject *frame = PyList_GetItem(message, at);
            if (frame == NULL) {
                Py_DECREF(message);
                return NULL;
            }
            Py_INCREF(frame);
            Py_ssize_t size = 0;
            error = send_frame(socket, frame, at < last ? DONTWAIT | SNDMORE : DONTWAIT, large, send_large, &size);
            Py_DECREF(frame);
            if (error)
                break;
            if (at >= skipped) {
                whole.bytes += size;
                whole.frames++;
                whole.long_frames += size > longest;
            }
        }
        Py_DECREF(message);
        if (error == -1)
            return NULL;
        if (error)
            break;
        sent = whole;
        at = 0;
    }
    return Py_BuildValue("(nninnn)", index, at, error, sent.bytes, sent.frames, sent.long_frames);
}

PyDoc_STRVAR(bind_doc,
"bind(path, /)\n\n"
"Look up libzmq's functions in the loaded library of that path and in what it depends on. Raise OSError without them.");

static PyObject *bind(PyObject *module, PyObject *path)
{
    (void)module;
    PyObject *encoded = NULL;
    if (!PyUnicode_FSConverter(path, &encoded))
        return NULL;
    void *library = dlopen(PyBytes_AsString(encoded), RTLD_LAZY | RTLD_NOLOAD);
    Py_DECREF(encoded);
    if (library == NULL) {
        PyErr_Format(PyExc_OSError, "%U is not loaded", path);
        return NULL;
    }
    const struct {
        const char *name;
        void *place;
    } functions[] = {
        {"zmq_msg_init", &zmq.msg_init}, {"zmq_msg_close", &zmq.msg_close}, {"zmq_msg_move", &zmq.msg_move},
        {"zmq_msg_recv", &zmq.msg_recv}, {"zmq_msg_data", &zmq.msg_data},   {"zmq_msg_size", &zmq.msg_size},
        {"zmq_msg_more", &zmq.msg_more}, {"zmq_send", &zmq.send},           {"zmq_errno", &zmq.error},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);
        if (function == NULL) {
            dlclose(library);
            return PyErr_Format(PyExc_OSError, "%U and its libraries have no %s", path, functions[i].name);
        }
        memcpy(functions[i].place, &function, sizeof function); /* C has no cast from data to function pointers */
    }
    Py_RETURN_NONE; /* the library stays open: it is pyzmq's */
}

static PyMethodDef methods[] = {
    {"bind", bind, METH_O, bind_doc},
    {"receive", receive, METH_VARARGS, receive_doc},
    {"send", send, METH_VARARGS, send_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_batches", "Batches of messages, in C: see batches.py.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__batches(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL)
        return NULL;
    frame_type = (PyTypeObject *)PyType_FromSpec(&frame_spec);
    if (frame_type == NULL || PyModule_AddObjectRef(module, "Frame", (PyObject *)frame_type) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
