import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { language } from './base/i18n.svelte';
import { theme } from './base/theme.svelte';

theme.apply();
await Promise.all([language.begin()]);
mount(App, { target: document.getElementById('app')! });
