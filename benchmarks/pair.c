/* The C pair: `pair push ENDPOINT COUNT` reads lines from stdin and sends each, `pair pull ENDPOINT COUNT` writes
 * what arrives as lines to stdout. The same job as `zmqcli push | zmqcli pull`, as fast as plain C on libzmq does it.
 *
 * push connects and ends at the end of stdin; pull binds and ends after COUNT messages.
 * Over ipc push stays until it is killed: what the receiver has not read is lost when the sender closes (libzmq #4660).
 * A third word, a frame delimiter (one byte), makes push split each line into frames; pull joins frames by TAB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zmq.h>

#define BUFFER_BYTES (1 << 20)

static void die(const char *what)
{
    fprintf(stderr, "pair: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static void send_line(void *socket, char *line, size_t size, char delimiter)
{
    char *end;
    while (delimiter && (end = memchr(line, delimiter, size))) {
        if (zmq_send(socket, line, end - line, ZMQ_SNDMORE) < 0)
            die("send");
        size -= end + 1 - line;
        line = end + 1;
    }
    if (zmq_send(socket, line, size, 0) < 0)
        die("send");
}

static void push(void *socket, char delimiter)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, stdin)) >= 0) {
        if (size && line[size - 1] == '\n')
            size--;
        send_line(socket, line, size, delimiter);
    }
    free(line);
}

static void pull(void *socket, long count)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (long received = 0; received < count;) {
        if (zmq_msg_recv(&message, socket, 0) < 0)
            die("receive");
        int more = zmq_msg_more(&message);
        fwrite(zmq_msg_data(&message), 1, zmq_msg_size(&message), stdout);
        putchar_unlocked(more ? '\t' : '\n');
        received += !more;
    }
    zmq_msg_close(&message);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "version")) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        printf("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    if (argc < 4) {
        fprintf(stderr, "usage: pair push|pull ENDPOINT COUNT [DELIMITER]\n");
        return 2;
    }
    int sends = !strcmp(argv[1], "push");
    setvbuf(stdin, NULL, _IOFBF, BUFFER_BYTES);
    setvbuf(stdout, NULL, _IOFBF, BUFFER_BYTES);
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, sends ? ZMQ_PUSH : ZMQ_PULL);
    if ((sends ? zmq_connect(socket, argv[2]) : zmq_bind(socket, argv[2])) < 0)
        die(argv[2]);
    if (sends)
        push(socket, argc > 4 ? argv[4][0] : 0);
    else
        pull(socket, atol(argv[3]));
    if (sends && !strncmp(argv[2], "ipc:", 4))
        pause();
    zmq_close(socket); /* the default linger: until all is out */
    zmq_ctx_term(context);
    return 0;
}
