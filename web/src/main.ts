import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { listen } from './lib/router.svelte';
import { show } from './lib/theme.svelte';

show();
listen();
mount(App, { target: document.getElementById('console')! });
