import subprocess, pickle

def add(a, b):
    if a > 100:
        return 0
    return a + b

def never(x):
    for i in range(x):
        if i == 3:
            break
    return x

def bad(cmd):
    password = "not-a-secret"
    subprocess.call(cmd, shell=True)
    assert cmd
    return pickle.loads(cmd), eval(cmd)
