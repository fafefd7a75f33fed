/* Round trips in C: `latency req ENDPOINT COUNT SIZE` connects, sends COUNT requests of SIZE bytes one after the other
 * and prints each trip in nanoseconds; `latency rep ENDPOINT COUNT` binds and echoes COUNT requests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static void die(const char *what)
{
    fprintf(stderr, "latency: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void request(void *socket, long count, size_t size)
{
    char *body = calloc(1, size + 1);
    char *answer = malloc(size + 1);
    long long *trips = malloc(count * sizeof *trips);
    for (long trip = 0; trip < count; trip++) {
        long long started = now();
        if (zmq_send(socket, body, size, 0) < 0 || zmq_recv(socket, answer, size, 0) < 0)
            die("round trip");
        trips[trip] = now() - started;
    }
    for (long trip = 0; trip < count; trip++)
        printf("%lld\n", trips[trip]);
    free(body);
    free(answer);
    free(trips);
}

static void reply(void *socket, long count)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (long trip = 0; trip < count; trip++)
        if (zmq_msg_recv(&message, socket, 0) < 0 || zmq_msg_send(&message, socket, 0) < 0)
            die("echo");
    zmq_msg_close(&message);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: latency req ENDPOINT COUNT SIZE | latency rep ENDPOINT COUNT\n");
        return 2;
    }
    int asks = !strcmp(argv[1], "req");
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, asks ? ZMQ_REQ : ZMQ_REP);
    if ((asks ? zmq_connect(socket, argv[2]) : zmq_bind(socket, argv[2])) < 0)
        die(argv[2]);
    if (asks)
        request(socket, atol(argv[3]), argc > 4 ? atol(argv[4]) : 16);
    else
        reply(socket, atol(argv[3]));
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
