#!/bin/bash
exec yes 'one more line of the log, as long as it takes to fill what holds it'
