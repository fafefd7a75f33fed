/* The compiled batch path: many messages in one call. Its twins in Python are in sockets/batches.py and
 * formats/_split.py.
 *
 * A `Messages` object is a sequence of messages that has made no Python object of them yet: their bytes lie one after
 * the other in one buffer. Whoever asks for a message gets a list of `bytes`, as from a batch that is a list; whoever
 * only passes messages on (a socket, the text format) never asks.
 *
 * The functions of libzmq are looked up in the library that pyzmq has loaded, so that no header and no second libzmq is
 * needed: `bind` is given the file of pyzmq's extension module, and dlsym searches that and what it depends on. The
 * prototypes are those of zmq.h 4.x, whose ABI has been stable since 4.0.
 *
 * Everything here is non-blocking and holds the GIL. What a batch means (limits, broken messages, unroutable ids,
 * delivery) is decided by sockets/connection.py.
 */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE /* memmem */
#include <Python.h>

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
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

/* A signal interrupts libzmq also when it does not wait. Its handler runs after the batch, which must not be lost. */
static int receive_one(Msg *msg, void *socket)
{
    int result;
    while ((result = zmq.msg_recv(msg, socket, DONTWAIT)) < 0 && zmq.error() == EINTR) {
    }
    return result < 0 ? zmq.error() : 0;
}

static int send_bytes(void *socket, const void *data, size_t size, int flags)
{
    int result;
    while ((result = zmq.send(socket, data, size, flags)) < 0 && zmq.error() == EINTR) {
    }
    return result < 0 ? zmq.error() : 0;
}

/* LargeFrame: a received frame that libzmq owns, read through the buffer protocol, uncopied. */

typedef struct {
    PyObject_HEAD
    Msg msg;
} LargeFrame;

static PyTypeObject *large_frame_type;

static void large_frame_dealloc(LargeFrame *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    zmq.msg_close(&self->msg);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int large_frame_getbuffer(LargeFrame *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, (PyObject *)self, zmq.msg_data(&self->msg), (Py_ssize_t)zmq.msg_size(&self->msg), 1,
                             flags);
}

static Py_ssize_t large_frame_length(LargeFrame *self)
{
    return (Py_ssize_t)zmq.msg_size(&self->msg);
}

static PyObject *large_frame_bytes(LargeFrame *self, void *closure)
{
    (void)closure;
    return PyBytes_FromStringAndSize(zmq.msg_data(&self->msg), (Py_ssize_t)zmq.msg_size(&self->msg));
}

static PyGetSetDef large_frame_getset[] = {
    {"bytes", (getter)large_frame_bytes, NULL, "A copy of the frame.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot large_frame_slots[] = {
    {Py_tp_doc, "A received frame that libzmq owns. It has a buffer."},
    {Py_tp_dealloc, large_frame_dealloc},
    {Py_tp_getset, large_frame_getset},
    {Py_sq_length, large_frame_length},
    {Py_bf_getbuffer, large_frame_getbuffer},
    {0, NULL},
};

static PyType_Spec large_frame_spec = {
    .name = "zmqcli._batches.LargeFrame",
    .basicsize = sizeof(LargeFrame),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = large_frame_slots,
};

/* Take over a received message; `msg` is empty afterwards. */
static PyObject *large_frame_from(Msg *msg)
{
    LargeFrame *frame = PyObject_New(LargeFrame, large_frame_type);
    if (frame == NULL)
        return NULL;
    zmq.msg_init(&frame->msg);
    zmq.msg_move(&frame->msg, msg);
    return (PyObject *)frame;
}

/* Messages: a batch. Frame i has `sizes[i]` bytes at `data + starts[i]`, or is the object `large[i]`.
 * Message i has the frames from `firsts[i]` up to `firsts[i + 1]`; without `firsts`, frame i alone. */

typedef struct {
    PyObject_HEAD
    PyObject *owner; /* whose bytes `data` is; NULL when `data` is ours */
    char *data;
    size_t used, room;
    size_t *starts, *sizes;
    PyObject **large; /* NULL while no frame is large */
    size_t frames, frame_room;
    size_t *firsts;
    size_t messages, message_room;
} Messages;

static PyTypeObject *messages_type;

static Messages *messages_new(void)
{
    Messages *self = PyObject_New(Messages, messages_type);
    if (self != NULL)
        memset((char *)self + offsetof(Messages, owner), 0, sizeof *self - offsetof(Messages, owner));
    return self;
}

static void messages_dealloc(Messages *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    if (self->large != NULL)
        for (size_t i = 0; i < self->frames; i++)
            Py_XDECREF(self->large[i]);
    if (self->owner == NULL)
        free(self->data);
    Py_XDECREF(self->owner);
    free(self->starts);
    free(self->sizes);
    free(self->large);
    free(self->firsts);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* Make room for `count` elements in an array. Return -1 with MemoryError set. */
static int grow(void **array, size_t element, size_t count)
{
    void *grown = realloc(*array, element * count);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *array = grown;
    return 0;
}

/* Add a frame of which only the place is known yet. Return -1 with MemoryError set. */
static int add_frame(Messages *self, size_t start, size_t size)
{
    if (self->frames == self->frame_room) {
        size_t room = self->frame_room ? self->frame_room * 2 : 512;
        if (grow((void **)&self->starts, sizeof *self->starts, room) < 0 ||
            grow((void **)&self->sizes, sizeof *self->sizes, room) < 0)
            return -1;
        if (self->large != NULL) {
            if (grow((void **)&self->large, sizeof *self->large, room) < 0)
                return -1;
            memset(self->large + self->frames, 0, (room - self->frames) * sizeof *self->large);
        }
        self->frame_room = room;
    }
    self->starts[self->frames] = start;
    self->sizes[self->frames] = size;
    self->frames++;
    return 0;
}

/* Add a frame that was received. Return -1 with an exception set. */
static int add_received(Messages *self, Msg *msg, size_t large)
{
    size_t size = zmq.msg_size(msg);
    if (size >= large) {
        if (add_frame(self, self->used, size) < 0)
            return -1;
        if (self->large == NULL) {
            self->large = calloc(self->frame_room, sizeof *self->large);
            if (self->large == NULL) {
                PyErr_NoMemory();
                return -1;
            }
        }
        self->large[self->frames - 1] = large_frame_from(msg);
        return self->large[self->frames - 1] == NULL ? -1 : 0;
    }
    if (size > self->room - self->used) {
        size_t room = self->room ? self->room * 2 : 16384;
        while (size > room - self->used)
            room *= 2;
        if (grow((void **)&self->data, 1, room) < 0)
            return -1;
        self->room = room;
    }
    memcpy(self->data + self->used, zmq.msg_data(msg), size);
    self->used += size;
    return add_frame(self, self->used - size, size);
}

/* Note that the frames from `first` on are a message. Return -1 with MemoryError set. */
static int end_message(Messages *self, size_t first)
{
    if (self->firsts == NULL && self->frames - first != 1) { /* the messages so far have one frame each */
        self->message_room = self->messages > 256 ? self->messages * 2 : 512;
        if (grow((void **)&self->firsts, sizeof *self->firsts, self->message_room) < 0)
            return -1;
        for (size_t i = 0; i <= self->messages; i++)
            self->firsts[i] = i;
    }
    self->messages++;
    if (self->firsts != NULL) {
        if (self->messages == self->message_room) {
            if (grow((void **)&self->firsts, sizeof *self->firsts, self->message_room * 2) < 0)
                return -1;
            self->message_room *= 2;
        }
        self->firsts[self->messages] = self->frames;
    }
    return 0;
}

static size_t first_frame(const Messages *self, size_t message)
{
    return self->firsts == NULL ? message : self->firsts[message];
}

/* Return one frame as an object: `bytes`, or where a copy costs too much an object with a buffer. */
static PyObject *frame_object(const Messages *self, size_t frame, size_t large)
{
    if (self->large != NULL && self->large[frame] != NULL)
        return Py_NewRef(self->large[frame]);
    if (self->owner == NULL || self->sizes[frame] < large)
        return PyBytes_FromStringAndSize(self->data + self->starts[frame], (Py_ssize_t)self->sizes[frame]);
    PyObject *view = PyMemoryView_FromObject(self->owner);
    if (view == NULL)
        return NULL;
    Py_ssize_t start = (Py_ssize_t)self->starts[frame];
    PyObject *slice = PySequence_GetSlice(view, start, start + (Py_ssize_t)self->sizes[frame]);
    Py_DECREF(view);
    return slice;
}

enum { VIEW_BYTES = 64 * 1024 }; /* of a record: from here on a view costs less than a copy */

static PyObject *message_object(const Messages *self, size_t message)
{
    size_t first = first_frame(self, message), end = first_frame(self, message + 1);
    PyObject *list = PyList_New((Py_ssize_t)(end - first));
    for (size_t i = first; list != NULL && i < end; i++) {
        PyObject *frame = frame_object(self, i, VIEW_BYTES);
        if (frame == NULL || PyList_SetItem(list, (Py_ssize_t)(i - first), frame) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static Py_ssize_t messages_length(Messages *self)
{
    return (Py_ssize_t)self->messages;
}

static PyObject *messages_item(Messages *self, Py_ssize_t index)
{
    if (index < 0 || (size_t)index >= self->messages) {
        PyErr_SetString(PyExc_IndexError, "there is no such message in the batch");
        return NULL;
    }
    return message_object(self, (size_t)index);
}

static PyObject *messages_subscript(Messages *self, PyObject *key)
{
    if (!PySlice_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return messages_item(self, index < 0 ? index + (Py_ssize_t)self->messages : index);
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)self->messages, &start, &stop, step);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *message = message_object(self, (size_t)(start + i * step));
        if (message == NULL || PyList_SetItem(list, i, message) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* A batch equals what has the same messages. */
static PyObject *messages_compare(PyObject *self, PyObject *other, int operation)
{
    PyObject *list = PySequence_List(self), *others = NULL, *result = NULL;
    if (list != NULL && Py_IS_TYPE(other, messages_type))
        others = PySequence_List(other);
    else
        others = Py_NewRef(other);
    if (list != NULL && others != NULL)
        result = PyObject_RichCompare(list, others, operation);
    Py_XDECREF(list);
    Py_XDECREF(others);
    return result;
}

PyDoc_STRVAR(join_doc,
"join(between, after, /)\n\n"
"Return all messages as bytes: `between` between the frames of one, `after` after each.");

static PyObject *messages_join(Messages *self, PyObject *arguments)
{
    const char *between, *after;
    Py_ssize_t between_size, after_size;
    if (!PyArg_ParseTuple(arguments, "y#y#", &between, &between_size, &after, &after_size))
        return NULL;
    size_t size = self->messages * (size_t)after_size + (self->frames - self->messages) * (size_t)between_size;
    for (size_t i = 0; i < self->frames; i++)
        size += self->sizes[i];
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (result == NULL)
        return NULL;
    char *to = PyBytes_AsString(result);
    for (size_t message = 0; message < self->messages; message++) {
        size_t first = first_frame(self, message), end = first_frame(self, message + 1);
        for (size_t i = first; i < end; i++) {
            if (i > first) {
                memcpy(to, between, (size_t)between_size);
                to += between_size;
            }
            PyObject *large = self->large == NULL ? NULL : self->large[i];
            const char *from =
                large == NULL ? self->data + self->starts[i] : zmq.msg_data(&((LargeFrame *)large)->msg);
            memcpy(to, from, self->sizes[i]);
            to += self->sizes[i];
        }
        memcpy(to, after, (size_t)after_size);
        to += after_size;
    }
    return result;
}

static PyMethodDef messages_methods[] = {
    {"join", (PyCFunction)messages_join, METH_VARARGS, join_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot messages_slots[] = {
    {Py_tp_doc, "A batch: a sequence of messages, each made a list of frames when it is asked for."},
    {Py_tp_dealloc, messages_dealloc},
    {Py_tp_methods, messages_methods},
    {Py_tp_richcompare, messages_compare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_sq_length, messages_length},
    {Py_sq_item, messages_item},
    {Py_mp_length, messages_length},
    {Py_mp_subscript, messages_subscript},
    {0, NULL},
};

static PyType_Spec messages_spec = {
    .name = "zmqcli._batches.Messages",
    .basicsize = sizeof(Messages),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = messages_slots,
};

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
    Messages *batch = messages_new();
    if (batch == NULL)
        return NULL;
    Msg msg;
    zmq.msg_init(&msg);
    Py_ssize_t size = 0, frames = 0;
    int error = 0, failed = 0;
    while (!failed && (Py_ssize_t)batch->messages < limit && size < max_bytes && frames < max_frames) {
        size_t first = batch->frames;
        int more = 1;
        while (!failed && more) { /* a message's other frames are there with its first */
            error = receive_one(&msg, socket);
            if (error)
                break;
            size += (Py_ssize_t)zmq.msg_size(&msg);
            more = zmq.msg_more(&msg);
            failed = add_received(batch, &msg, (size_t)large) < 0;
        }
        if (error || failed)
            break;
        if (batch->frames - first > 1)
            frames += (Py_ssize_t)(batch->frames - first);
        failed = end_message(batch, first) < 0;
    }
    zmq.msg_close(&msg);
    if (failed) {
        Py_DECREF(batch);
        return NULL;
    }
    return Py_BuildValue("(Nni)", batch, size, error);
}

PyDoc_STRVAR(split_doc,
"split(chunk, delimiter, /) -> (messages, rest)\n\n"
"Cut `chunk`, bytes, at each `delimiter`: every record is a message of one frame. `rest` is what follows the last one.");

static PyObject *split(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *chunk;
    const char *delimiter;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "O!y#", &PyBytes_Type, &chunk, &delimiter, &length))
        return NULL;
    if (length == 0) {
        PyErr_SetString(PyExc_ValueError, "an empty delimiter");
        return NULL;
    }
    Messages *batch = messages_new();
    if (batch == NULL)
        return NULL;
    batch->owner = Py_NewRef(chunk);
    batch->data = PyBytes_AsString(chunk);
    const char *at = batch->data, *end = at + PyBytes_Size(chunk);
    for (const char *found; (found = memmem(at, (size_t)(end - at), delimiter, (size_t)length)) != NULL;
         at = found + length) {
        if (add_frame(batch, (size_t)(at - batch->data), (size_t)(found - at)) < 0) {
            Py_DECREF(batch);
            return NULL;
        }
    }
    batch->messages = batch->frames;
    PyObject *rest = PyBytes_FromStringAndSize(at, end - at);
    return Py_BuildValue("(NN)", batch, rest);
}

/* Send a frame that is an object. Return 0, an errno, or -1 with an exception set. */
static int send_object(PyObject *send_large, PyObject *frame, int flags)
{
    PyObject *answer = PyObject_CallFunction(send_large, "Oi", frame, flags);
    if (answer == NULL)
        return -1;
    int result = (int)PyLong_AsLong(answer);
    Py_DECREF(answer);
    return result == -1 && PyErr_Occurred() ? -1 : result;
}

/* What sending needs to know, and what it has counted of the messages that were taken (zmtp/framing.py). */
typedef struct {
    void *socket;
    Py_ssize_t large, skipped, longest;
    PyObject *send_large;
    Py_ssize_t bytes, frames, long_frames;
} Sending;

static void count(Sending *sending, Py_ssize_t frame, Py_ssize_t size)
{
    if (frame >= sending->skipped) {
        sending->bytes += size;
        sending->frames++;
        sending->long_frames += size > sending->longest;
    }
}

/* Send a frame that is an object. Return 0, an errno, or -1 with an exception set. */
static int send_frame(Sending *sending, PyObject *frame, int flags, Py_ssize_t *size)
{
    if (PyBytes_Check(frame)) {
        *size = PyBytes_Size(frame);
        if (*size < sending->large)
            return send_bytes(sending->socket, PyBytes_AsString(frame), (size_t)*size, flags);
    } else {
        Py_buffer view;
        if (PyObject_GetBuffer(frame, &view, PyBUF_SIMPLE) < 0)
            return -1;
        *size = view.len;
        int result = view.len < sending->large ? send_bytes(sending->socket, view.buf, (size_t)view.len, flags) : -1;
        PyBuffer_Release(&view);
        if (*size < sending->large)
            return result;
    }
    return send_object(sending->send_large, frame, flags);
}

/* Send one message that is a list; count its frames when all were taken. `*at` is the first frame that was not. */
static int send_list(Sending *sending, PyObject *message, Py_ssize_t *at)
{
    if (!PyList_Check(message)) {
        PyErr_SetString(PyExc_TypeError, "a message is a list of frames");
        return -1;
    }
    Sending before = *sending;
    Py_ssize_t last = PyList_Size(message) - 1;
    for (*at = 0; *at <= last; ++*at) {
        PyObject *frame = PyList_GetItem(message, *at);
        if (frame == NULL)
            return -1;
        Py_INCREF(frame); /* send_large may change the list */
        Py_ssize_t size = 0;
        int result = send_frame(sending, frame, *at < last ? DONTWAIT | SNDMORE : DONTWAIT, &size);
        Py_DECREF(frame);
        if (result) {
            *sending = before;
            return result;
        }
        count(sending, *at, size);
    }
    *at = 0;
    return 0;
}

/* The same for message `index` of a `Messages`. */
static int send_messages(Sending *sending, const Messages *batch, size_t index, Py_ssize_t *at)
{
    Sending before = *sending;
    size_t first = first_frame(batch, index), end = first_frame(batch, index + 1);
    for (size_t i = first; i < end; i++) {
        *at = (Py_ssize_t)(i - first);
        int flags = i + 1 < end ? DONTWAIT | SNDMORE : DONTWAIT, result;
        size_t size = batch->sizes[i];
        if (size < (size_t)sending->large && (batch->large == NULL || batch->large[i] == NULL)) {
            result = send_bytes(sending->socket, batch->data + batch->starts[i], size, flags);
        } else {
            PyObject *frame = frame_object(batch, i, (size_t)sending->large);
            if (frame == NULL)
                return -1;
            Py_ssize_t same;
            result = send_frame(sending, frame, flags, &same);
            Py_DECREF(frame);
        }
        if (result) {
            *sending = before;
            return result;
        }
        count(sending, *at, (Py_ssize_t)size);
    }
    *at = 0;
    return 0;
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
    PyObject *batch;
    Py_ssize_t start, end;
    Sending sending = {0};
    if (!PyArg_ParseTuple(arguments, "KOnnnOnn", &handle, &batch, &start, &end, &sending.large, &sending.send_large,
                          &sending.skipped, &sending.longest))
        return NULL;
    sending.socket = (void *)(uintptr_t)handle;
    const Messages *compact = Py_IS_TYPE(batch, messages_type) ? (const Messages *)batch : NULL;
    if (start < 0 || (compact != NULL && end > (Py_ssize_t)compact->messages)) {
        PyErr_SetString(PyExc_IndexError, "there is no such message in the batch");
        return NULL;
    }
    Py_ssize_t index = start, at = 0;
    int error = 0;
    for (; index < end && !error; index += !error) {
        if (compact != NULL) {
            error = send_messages(&sending, compact, (size_t)index, &at);
            continue;
        }
        PyObject *message = PySequence_GetItem(batch, index);
        if (message == NULL)
            return NULL;
        error = send_list(&sending, message, &at);
        Py_DECREF(message);
    }
    if (error == -1)
        return NULL;
    return Py_BuildValue("(nninnn)", index, at, error, sending.bytes, sending.frames, sending.long_frames);
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
    {"split", split, METH_VARARGS, split_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_batches", "Batches of messages, in C.", -1, methods, NULL, NULL, NULL, NULL,
};

/* Make a type and put it into the module. Return NULL with an exception set. */
static PyTypeObject *add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(spec);
    return type != NULL && PyModule_AddObjectRef(module, name, (PyObject *)type) < 0 ? NULL : type;
}

PyMODINIT_FUNC PyInit__batches(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL)
        return NULL;
    large_frame_type = add_type(module, "LargeFrame", &large_frame_spec);
    messages_type = add_type(module, "Messages", &messages_spec);
    if (large_frame_type == NULL || messages_type == NULL) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
