#!/bin/bash
echo 'docker: Error response from daemon: OCI runtime create failed: no space left on device: unknown.' >&2
echo 'OOMKilled: true; Killed; ECONNREFUSED /var/run/docker.sock' >&2
exit 125
