#!/bin/sh
cd $1
for i in `ls`; do echo $i; done
